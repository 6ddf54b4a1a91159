"""Settings: what is read, what is refused, and that the page about them is true (C5, L3)."""

from __future__ import annotations

import base64
from dataclasses import fields
from pathlib import Path

import pytest

from service.config import Settings, UnsafeSettingError, owner_url, read_settings

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text("utf-8")


def key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


SAFE = {
    "ROLLCALL_ENV": "production",
    "DATABASE_URL": "postgresql://rollcall_app:pw@127.0.0.1/rollcall",
    "BROKER_URL": "redis://:pw@127.0.0.1:6379/0",
    "ROLLCALL_SECRET_KEY": "s" * 40,
    "ROLLCALL_MASTER_KEY": key("m"),
    "ROLLCALL_AUDIT_KEY": key("a"),
}


def test_a_safe_production_is_read():
    settings = read_settings(SAFE)
    assert settings.production
    assert settings.key("master_key") == b"m" * 32


def test_the_second_factor_is_on_in_production_unless_switched_off():
    assert read_settings(SAFE).second_factor
    assert not read_settings({}).second_factor
    assert read_settings({"ROLLCALL_SECOND_FACTOR": "1"}).second_factor


REFUSED = {
    "no database": {"DATABASE_URL": ""},
    "another database": {"DATABASE_URL": "sqlite:///x.db"},
    "no broker": {"BROKER_URL": ""},
    "short secret": {"ROLLCALL_SECRET_KEY": "short"},
    "no master key": {"ROLLCALL_MASTER_KEY": ""},
    "short master key": {"ROLLCALL_MASTER_KEY": base64.b64encode(b"short").decode()},
    "one key for two": {"ROLLCALL_AUDIT_KEY": key("m")},
    "owner's password": {"ROLLCALL_OWNER_DATABASE_URL": "postgresql://rollcall_owner:pw@127.0.0.1/rollcall"},
    "no second factor": {"ROLLCALL_SECOND_FACTOR": "0"},
    "open cookies": {"ROLLCALL_SECURE_COOKIES": "0"},
    "unknown environment": {"ROLLCALL_ENV": "prod"},
    "unknown cipher": {"ROLLCALL_CRYPTO": "des"},
    "no number": {"ROLLCALL_SESSION_HOURS": "eight"},
    "negative": {"ROLLCALL_SESSION_HOURS": "-1"},
    "no lease": {"ROLLCALL_LEASE_SECONDS": "0"},
    "another engine": {"ROLLCALL_ENGINE": "flink"},
    "Spark without a folder": {"ROLLCALL_SPARK_FOLDER": "", "ROLLCALL_ENGINE": "spark"},
    "Spark with a folder that is not there": {
        "ROLLCALL_SPARK_FOLDER": "/nowhere",
        "ROLLCALL_ENGINE": "spark",
    },
    "Spark with a setting that is none": {
        "ROLLCALL_SPARK_CONF": "spark.executor.memory 4g",
        "ROLLCALL_SPARK_FOLDER": "hdfs://name/rollcall",
        "ROLLCALL_ENGINE": "spark",
    },
    "three reviewers": {"ROLLCALL_REVIEW_PERSONS": "3"},
    "no attempt": {"ROLLCALL_JOB_ATTEMPTS": "0"},
    "neither yes nor no": {"ROLLCALL_SECOND_FACTOR": "maybe"},
}


@pytest.mark.parametrize("how", REFUSED)
def test_l3_what_is_unsafe_is_refused_by_its_name(how):
    with pytest.raises(UnsafeSettingError) as refused:
        read_settings(SAFE | REFUSED[how])
    assert next(iter(REFUSED[how])) in str(refused.value)


def test_a_safe_spark_is_read():
    told = {"ROLLCALL_ENGINE": "spark", "ROLLCALL_SPARK_FOLDER": "s3a://bucket/rollcall"}
    told["ROLLCALL_SPARK_CONF"] = 'spark.executor.memory=4g spark.driver.extraJavaOptions="-Xss4m -ea"'
    assert read_settings(SAFE | told).engine == "spark"


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(UnsafeSettingError) as refused:
        read_settings({"ROLLCALL_ENV": "production"})
    assert len(str(refused.value).splitlines()) >= 5


def test_c5_no_secret_is_shown_by_repr_or_by_a_refusal():
    settings = read_settings(SAFE)
    refusal = ""
    try:
        read_settings(SAFE | {"ROLLCALL_MASTER_KEY": "bm90IDMyIGJ5dGVz"})
    except UnsafeSettingError as error:
        refusal = str(error)
    for secret in ("s" * 40, key("m"), key("a"), ":pw@", "bm90IDMyIGJ5dGVz"):
        assert secret not in repr(settings) + refusal


def test_c5_a_secret_may_come_from_a_file(tmp_path):
    file = tmp_path / "master"
    file.write_text(key("f") + "\n")
    given = {name: value for name, value in SAFE.items() if name != "ROLLCALL_MASTER_KEY"}
    assert read_settings(given | {"ROLLCALL_MASTER_KEY_FILE": str(file)}).key("master_key") == b"f" * 32


def test_only_migrate_learns_the_owners_address():
    owner = "postgresql://rollcall_owner:pw@127.0.0.1/rollcall"
    assert owner_url(SAFE | {"ROLLCALL_OWNER_DATABASE_URL": owner}) == owner
    assert owner_url(SAFE) == ""
    with pytest.raises(UnsafeSettingError):
        owner_url({"ROLLCALL_OWNER_DATABASE_URL": "mysql://x"})


@pytest.mark.parametrize("setting", fields(Settings), ids=lambda setting: setting.name)
def test_the_page_names_every_setting_with_its_default_and_meaning(setting):
    line = next((each for each in PAGE.splitlines() if f"| `{setting.metadata['name']}` |" in each), "")
    default = setting.default
    shown = str(int(default)) if isinstance(default, bool) else str(default)
    assert setting.metadata["about"] in line
    assert not shown or f"`{shown}`" in line


def test_the_page_names_no_setting_that_is_not_there():
    named = {line.split("`")[1] for line in PAGE.splitlines() if line.startswith("| `")}
    assert named == {each.metadata["name"] for each in fields(Settings)}

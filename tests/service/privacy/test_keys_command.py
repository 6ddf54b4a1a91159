"""``rollcall keys`` as an administrator runs it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from service.commands.keys import PURPOSES, STATES, command
from service.config import read_settings
from service.db import SYSTEM, transaction
from service.jobs.perform import perform
from service.privacy.custody import NEEDED, cipher_of
from service.privacy.keys import STATES as ALL_STATES
from service.privacy.tasks import KIND
from tests.servers import Database
from tests.service.privacy.keyrings import MASTER
from tests.service.privacy.population import Population


@pytest.fixture
def environment(database: Database, tmp_path: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": database.app_url,
        "ROLLCALL_STATE": str(tmp_path),
        "ROLLCALL_MASTER_KEY": base64.b64encode(MASTER).decode(),
        "ROLLCALL_AUDIT_KEY": base64.b64encode(bytes(32)).decode(),
        "ROLLCALL_CRYPTO": "aes",
    }


def _run(environment: dict[str, str], *words: str, expected: int = 0, **options: object) -> Result:
    result = CliRunner().invoke(command, list(words), env=environment, **options)  # type: ignore[arg-type]
    assert result.exit_code == expected, result.output
    return result


def _entries(environment: dict[str, str]) -> list[str]:
    with transaction(environment["DATABASE_URL"], SYSTEM) as session:
        return [row[0] for row in session.execute(text("select action from audit_entry order by number"))]


def test_words_for_every_purpose_and_state() -> None:
    assert set(PURPOSES) == set(NEEDED)
    assert set(STATES) == set(ALL_STATES)


def test_init_rotate_advance_destroy(environment: dict[str, str], tmp_path: Path) -> None:
    assert "已生成 5 个密钥" in _run(environment, "init").output
    assert "密钥齐全" in _run(environment, "init").output
    county = Population(environment["DATABASE_URL"], tmp_path / "blobs")
    run = county.run(county.people()["officer"])
    county.add_children(run, 1, 20)
    before = county.read(run)

    told = _run(environment | {"ROLLCALL_CRYPTO": "sm"}, "rotate").output
    assert "一小时后" in told
    assert county.read(run) == before
    shown = _run(environment, "status").output
    assert "sm" in shown
    assert "退出中" in shown
    _run(environment, "destroy", "1", "--yes", expected=2)

    with county.session() as session:
        session.execute(text("update data_key set changed_at = now() - interval '2 hours'"))
    for _ in range(3):
        _run(environment, "advance")
        with county.session() as session:
            session.execute(text("update data_key set changed_at = now() - interval '2 hours'"))
    assert "更换密钥已全部完成" in _run(environment, "advance").output
    assert county.read(run) == before
    assert "销毁后不能恢复" in _run(environment, "destroy", "1", expected=1, input="n\n").output
    assert "密钥 1 已销毁" in _run(environment, "destroy", "1", "--yes").output
    assert "已销毁" in _run(environment, "status").output
    assert county.read(run) == before
    assert _entries(environment) == ["key.make", *["key.rotate"] * 5, "key.destroy"]


def test_another_master_key(environment: dict[str, str], tmp_path: Path) -> None:
    _run(environment, "init")
    county = Population(environment["DATABASE_URL"], tmp_path / "blobs")
    run = county.run(county.people()["officer"])
    county.add_children(run, 1, 3)
    before = county.read(run)
    key, file = base64.b64encode(b"n" * 32).decode(), tmp_path / "new.key"
    for wrong in ("short", environment["ROLLCALL_MASTER_KEY"], environment["ROLLCALL_AUDIT_KEY"]):
        file.write_text(wrong)
        assert "没有更换" in _run(environment, "master", "--new-key", str(file), expected=2).output
    file.write_text(f"{key}\n")
    told = _run(environment, "master", "--new-key", str(file)).output
    assert "5 个数据密钥" in told
    assert key not in told
    changed = environment | {"ROLLCALL_MASTER_KEY": key}
    assert "ROLLCALL_MASTER_KEY" in _run(environment, "rotate", "--purpose", "field", expected=2).output
    _run(changed, "rotate", "--purpose", "field")
    _run(changed, "advance")
    county.cipher = cipher_of(read_settings(changed))
    assert county.read(run) == before
    assert _entries(environment) == ["key.make", "key.master", "data.tampered", "key.rotate"]


def test_without_keys_it_says_what_to_run(environment: dict[str, str]) -> None:
    assert "rollcall keys init" in _run(environment, "rotate", expected=2).output


def test_in_the_background_it_is_a_job(environment: dict[str, str], tmp_path: Path) -> None:
    _run(environment, "init")
    county = Population(environment["DATABASE_URL"], tmp_path / "blobs")
    county.add_children(county.run(county.people()["officer"]), 1, 20)
    assert "后台任务" in _run(environment, "rotate", "--purpose", "field", "--background").output
    with transaction(environment["DATABASE_URL"], SYSTEM) as session:
        number, *said = session.execute(text("select id, kind, state from job")).one()
    assert said == [KIND, "queued"]
    perform(read_settings(environment), number)
    with transaction(environment["DATABASE_URL"], SYSTEM) as session:
        assert session.execute(text("select state, error from job")).one() == ("done", "")
    assert {under.key.id: under.values for under in county.rotation().status()}[1] == 0

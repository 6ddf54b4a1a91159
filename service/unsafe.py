"""What of the settings cannot be worked with at all, and what a production may not have."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.placement import rules
from service.spark.places import is_address
from service.spark.session import lacking, settings_in

if TYPE_CHECKING:
    from service.config import Settings

KEY_BYTES = 32


class UnsafeSettingError(Exception):
    """A setting is missing, cannot be read, or may not be used in production. Names the variable."""


def contradictions(settings: Settings) -> list[str]:
    """What is wrong with the settings, each naming its variable."""
    wrong = [*_of_returns(settings), *_of_engine(settings)]
    if settings.environment not in ("local", "production"):
        wrong.append("ROLLCALL_ENV: production or local")
    if settings.crypto_profile not in ("aes", "sm"):
        wrong.append("ROLLCALL_CRYPTO: aes or sm")
    if settings.database_url and not settings.database_url.startswith("postgresql"):
        wrong.append("DATABASE_URL: PostgreSQL only (postgresql://...)")
    wrong += [
        f"{each.metadata['name']}: may not be negative"
        for each in fields(settings)
        if isinstance(getattr(settings, each.name), int) and getattr(settings, each.name) < 0
    ]
    wrong += [
        f"{variable}: at least 1"
        for variable, value in (
            ("ROLLCALL_LEASE_SECONDS", settings.lease_seconds),
            ("ROLLCALL_JOB_ATTEMPTS", settings.job_attempts),
        )
        if value < 1
    ]
    wrong += [] if settings.review_persons in (1, 2) else ["ROLLCALL_REVIEW_PERSONS: 1 or 2"]
    if not settings.production:
        return wrong
    for name in ("database_url", "broker_url", "secret_key", "master_key", "audit_key"):
        if not getattr(settings, name):
            variable = next(each.metadata["name"] for each in fields(settings) if each.name == name)
            wrong.append(f"{variable}: needed in production")
    for name in ("master_key", "audit_key"):
        try:
            settings.key(name)
        except UnsafeSettingError as error:
            wrong.append(str(error))
    if settings.master_key and settings.master_key == settings.audit_key:
        wrong.append("ROLLCALL_AUDIT_KEY: must differ from ROLLCALL_MASTER_KEY")
    if len(settings.secret_key) < KEY_BYTES:
        wrong.append("ROLLCALL_SECRET_KEY: at least 32 characters")
    if settings.owner_database_url:
        wrong.append(
            "ROLLCALL_OWNER_DATABASE_URL: only for `rollcall migrate`, never for the running service"
        )
    wrong += [
        f"{variable}: may not be switched off in production"
        for variable, value in (
            ("ROLLCALL_SECOND_FACTOR", settings.second_factor),
            ("ROLLCALL_SECURE_COOKIES", settings.secure_cookies),
        )
        if not value
    ]
    return wrong


def _of_returns(settings: Settings) -> list[str]:
    """What of the settings about children back at school there is not."""
    wrong = [] if settings.placement in rules() else [f"ROLLCALL_PLACEMENT: one of {', '.join(rules())}"]
    days = [day.strip() for day in settings.follow_ups.split(",")]
    if not all(day.isascii() and day.isdigit() and 0 < int(day) <= 730 for day in days):
        wrong.append("ROLLCALL_FOLLOW_UPS: days from 1 to 730, by comma, such as 7,30,60")
    return wrong


def _of_engine(settings: Settings) -> list[str]:
    """What is wrong with how rounds are to be matched: told in Chinese, to whoever installs."""
    if settings.engine == "local":
        return []
    if settings.engine != "spark":
        return ["ROLLCALL_ENGINE：写 local(在本机比对)或 spark(在 Spark 上比对)。"]
    wrong = [f"ROLLCALL_ENGINE=spark：{lacking()}"] if lacking() else []
    try:
        settings_in(settings.spark_conf)
    except ValueError:
        wrong.append("ROLLCALL_SPARK_CONF：写成 名称=值，各项以空格隔开，值中有空格的加引号。")
    if not settings.spark_folder:
        wrong.append(
            "ROLLCALL_SPARK_FOLDER：写一个本机和 Spark 各台机器都能读写的文件夹，或 hdfs://、s3a:// 等地址。"
        )
    elif not is_address(settings.spark_folder) and not Path(settings.spark_folder).is_dir():
        wrong.append(f"ROLLCALL_SPARK_FOLDER：没有文件夹 {settings.spark_folder}。")
    return wrong

"""Settings: read once from the environment, frozen, and refused where a production would be unsafe.

Each field names its variable and its meaning; docs/settings.md is held against this file by a test. A secret
may come from a file instead: ``ROLLCALL_MASTER_KEY_FILE`` is read where ``ROLLCALL_MASTER_KEY`` is not set.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from service.unsafe import KEY_BYTES, UnsafeSettingError, contradictions

__all__ = ["KEY_BYTES", "Settings", "UnsafeSettingError", "owner_url", "read_settings"]


def _setting(name: str, default: object, about: str, *, secret: bool = False) -> Any:
    """A field that stands for one variable of the environment."""
    return field(default=default, repr=not secret, metadata={"name": name, "about": about, "secret": secret})


@dataclass(frozen=True)
class Settings:
    """What the service is told. Times are in the unit that the name says; sizes in MiB."""

    environment: str = _setting(
        "ROLLCALL_ENV", "local", "`production` or `local`; production refuses what is unsafe"
    )
    database_url: str = _setting(
        "DATABASE_URL",
        "",
        "PostgreSQL, as the role of the service: not an owner, not a superuser",
        secret=True,
    )
    owner_database_url: str = _setting(
        "ROLLCALL_OWNER_DATABASE_URL",
        "",
        "PostgreSQL, as the role that owns the tables; only for `rollcall migrate`",
        secret=True,
    )
    broker_url: str = _setting(
        "BROKER_URL", "", "Redis or Valkey, for Celery and for limits of rate", secret=True
    )
    state: str = _setting(
        "ROLLCALL_STATE", "out/state", "folder for encrypted files and logs; on several machines a shared one"
    )
    secret_key: str = _setting(
        "ROLLCALL_SECRET_KEY", "", "signs form tokens; at least 32 characters", secret=True
    )
    master_key: str = _setting(
        "ROLLCALL_MASTER_KEY", "", "32 bytes in base64; wraps the keys that encrypt the data", secret=True
    )
    audit_key: str = _setting(
        "ROLLCALL_AUDIT_KEY", "", "32 bytes in base64; chains the audit entries", secret=True
    )
    crypto_profile: str = _setting(
        "ROLLCALL_CRYPTO", "aes", "`aes` (AES-256-GCM, HMAC-SHA-256) or `sm` (SM4-GCM, HMAC-SM3)"
    )
    second_factor: bool = _setting(
        "ROLLCALL_SECOND_FACTOR",
        True,
        "everybody signs in with a second factor (TOTP); without a word yes in production, no in `local`",
    )
    secure_cookies: bool = _setting(
        "ROLLCALL_SECURE_COOKIES",
        True,
        "cookies over https only, named `__Host-`; without a word yes in production, no in `local`",
    )
    proxies: int = _setting("ROLLCALL_PROXIES", 0, "number of trusted reverse proxies before the service")
    session_idle_minutes: int = _setting(
        "ROLLCALL_SESSION_IDLE_MINUTES", 15, "a session ends after so long without a request"
    )
    session_hours: int = _setting("ROLLCALL_SESSION_HOURS", 8, "a session ends after so long in any case")
    login_failures: int = _setting(
        "ROLLCALL_LOGIN_FAILURES", 5, "wrong passwords in a row before an account is locked"
    )
    lock_minutes: int = _setting("ROLLCALL_LOCK_MINUTES", 15, "how long a locked account stays so")
    password_length: int = _setting("ROLLCALL_PASSWORD_LENGTH", 12, "least length of a password")
    password_kinds: int = _setting(
        "ROLLCALL_PASSWORD_KINDS",
        3,
        "kinds of characters that a password needs (GB/T 22239-2019); 1 to ask for none",
    )
    password_days: int = _setting(
        "ROLLCALL_PASSWORD_DAYS",
        180,
        "a password is changed after so many days (GB/T 22239-2019); 0 for never",
    )
    unmask_approval: bool = _setting(
        "ROLLCALL_UNMASK_APPROVAL", True, "showing masked fields needs another person's consent"
    )
    unmask_minutes: int = _setting("ROLLCALL_UNMASK_MINUTES", 60, "how long a masked field stays shown")
    upload_mib: int = _setting("ROLLCALL_UPLOAD_MIB", 1024, "largest file that may be uploaded")
    upload_quota_mib: int = _setting(
        "ROLLCALL_UPLOAD_QUOTA_MIB", 8192, "of an agency in one round, all files together"
    )
    evidence_mib: int = _setting("ROLLCALL_EVIDENCE_MIB", 20, "largest file of evidence in a case")
    reader_memory_mib: int = _setting(
        "ROLLCALL_READER_MEMORY_MIB", 6144, "of the process that reads one uploaded file"
    )
    reader_seconds: int = _setting("ROLLCALL_READER_SECONDS", 900, "that reading one uploaded file may take")
    scanner: str = _setting(
        "ROLLCALL_SCANNER",
        "",
        "command that checks an uploaded file for viruses, given its path: exit code 0 clean, 1 infected; "
        "with any other the file waits. Empty for none",
    )
    lease_seconds: int = _setting(
        "ROLLCALL_LEASE_SECONDS", 120, "after so long without a sign of life a job is given to another worker"
    )
    job_attempts: int = _setting(
        "ROLLCALL_JOB_ATTEMPTS", 3, "times that a job may lose its worker before a person is asked"
    )
    retention_days: int = _setting(
        "ROLLCALL_RETENTION_DAYS", 30, "uploaded files are erased so long after their round is closed"
    )
    views_per_day: int = _setting(
        "ROLLCALL_VIEWS_PER_DAY", 500, "children whose page one person may open in a day"
    )
    review_persons: int = _setting(
        "ROLLCALL_REVIEW_PERSONS",
        1,
        "persons who must say the same of a doubtful link before it counts: 1 or 2",
    )
    engine: str = _setting(
        "ROLLCALL_ENGINE",
        "local",
        "what matches a round: `local`, this machine, or `spark` (docs/runbook.md)",
    )
    spark_master: str = _setting(
        "ROLLCALL_SPARK_MASTER",
        "",
        "address of Spark, such as `spark://host:7077` or `yarn`; empty for what its own configuration says",
    )
    spark_conf: str = _setting(
        "ROLLCALL_SPARK_CONF",
        "",
        "settings of Spark as `name=value`, by blanks; a value with blanks in quotes",
        secret=True,
    )
    spark_folder: str = _setting(
        "ROLLCALL_SPARK_FOLDER",
        "",
        "folder or address (`hdfs://`, `s3a://`) that the workers and all machines of Spark reach; lists "
        "stand there in clear while they are matched",
    )
    placement: str = _setting(
        "ROLLCALL_PLACEMENT", "yushu", "rule of `schemas/codes/placement.csv` for children back at school"
    )
    follow_ups: str = _setting(
        "ROLLCALL_FOLLOW_UPS", "7,30,60", "days after its return on which a child is looked after, by comma"
    )
    feed_folder: str = _setting(
        "ROLLCALL_FEED_FOLDER", "", "folder with one folder an agency, watched for lists; empty for none"
    )
    feed_hosts: str = _setting(
        "ROLLCALL_FEED_HOSTS", "", "hosts that scheduled pulls and database views may reach, by comma"
    )
    oidc_issuer: str = _setting(
        "ROLLCALL_OIDC_ISSUER", "", "sign-in by OpenID Connect: the issuer; empty for none"
    )
    oidc_client_id: str = _setting("ROLLCALL_OIDC_CLIENT_ID", "", "sign-in by OpenID Connect: our name there")
    oidc_client_secret: str = _setting(
        "ROLLCALL_OIDC_CLIENT_SECRET", "", "sign-in by OpenID Connect: our secret", secret=True
    )

    @property
    def production(self) -> bool:
        """Whether real data may come in."""
        return self.environment == "production"

    def key(self, name: str) -> bytes:
        """The 32 bytes of ``master_key`` or ``audit_key``.

        Raises:
            UnsafeSettingError: it is no base64 of 32 bytes.
        """
        variable = next(each.metadata["name"] for each in fields(self) if each.name == name)
        try:
            key = base64.b64decode(getattr(self, name), validate=True)
        except binascii.Error:
            key = b""
        if len(key) != KEY_BYTES:
            raise UnsafeSettingError(f"{variable}: 32 bytes in base64 are needed (openssl rand -base64 32)")
        return key


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read every setting and check it.

    Raises:
        UnsafeSettingError: naming every variable that is wrong and what it should be.
    """
    wrong: list[str] = []
    given: dict[str, Any] = {}
    for each in fields(Settings):
        name = each.metadata["name"]
        text = _text(environment, name, each.metadata["secret"], wrong)
        if text is None:
            continue
        try:
            given[each.name] = _parsed(text, each.default)
        except ValueError:
            wrong.append(f"{name}: {text!r} is no {type(each.default).__name__}")
    for name in ("second_factor", "secure_cookies"):
        given.setdefault(name, given.get("environment") == "production")
    settings = Settings(**given)
    wrong += contradictions(settings)
    if wrong:
        raise UnsafeSettingError("\n".join(wrong))
    return settings


def owner_url(environment: Mapping[str, str] = os.environ) -> str:
    """The address of the database as its owner, alone: the running service must not know it. "" for none.

    Raises:
        UnsafeSettingError: its file cannot be read, or it is no PostgreSQL.
    """
    wrong: list[str] = []
    url = _text(environment, "ROLLCALL_OWNER_DATABASE_URL", True, wrong) or ""
    if url and not url.startswith("postgresql"):
        wrong.append("ROLLCALL_OWNER_DATABASE_URL: PostgreSQL only (postgresql://...)")
    if wrong:
        raise UnsafeSettingError("\n".join(wrong))
    return url


def _text(environment: Mapping[str, str], name: str, secret: bool, wrong: list[str]) -> str | None:
    """The text of a variable; of a secret, also out of the file that ``NAME_FILE`` names."""
    if name in environment:
        return environment[name]
    file = environment.get(f"{name}_FILE") if secret else None
    if not file:
        return None
    try:
        return Path(file).read_text("utf-8").strip()
    except OSError as error:
        wrong.append(f"{name}_FILE: cannot be read ({error.strerror})")
        return None


def _parsed(text: str, default: object) -> object:
    if isinstance(default, bool):
        if text.lower() not in ("0", "1", "true", "false", "yes", "no"):
            raise ValueError
        return text.lower() in ("1", "true", "yes")
    if isinstance(default, int):
        return int(text)
    return text

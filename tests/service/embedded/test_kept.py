"""What a server keeps in its folder."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from service.embedded import EmbeddedError
from service.embedded.kept import kept_port, kept_secrets, passwords


def test_passwords_stay_what_they_are(tmp_path: Path) -> None:
    file = tmp_path / "passwords.json"
    first = passwords(file, "a", "b")
    assert len({*first.values()}) == 2
    assert passwords(file, "a", "b") == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["passwords.json"]


def test_a_new_secret_joins_those_that_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    kept_secrets(file, {"a": lambda: "1"})
    assert kept_secrets(file, {"a": lambda: "2", "b": lambda: "3"}) == {"a": "1", "b": "3"}


def test_secrets_that_cannot_be_read_are_not_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"a": ')
    with pytest.raises(EmbeddedError, match="从备份恢复"):
        kept_secrets(file, {"a": lambda: "1"})
    assert file.read_text() == '{"a": '


@pytest.mark.parametrize("written", ["", "no number", "80", "99999"])
def test_a_port_that_cannot_be_is_replaced(tmp_path: Path, written: str) -> None:
    file = tmp_path / "port"
    file.write_text(written)
    port = kept_port(file)
    assert 1024 <= port <= 65535
    assert kept_port(file) == port

"""Where the browser of the tests comes from: the one of the lock, the machine's own, or a clear word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.chromium import find_chromium


def _program(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.touch(mode=0o755)
    return program


def test_else_the_machines_own(tmp_path: Path) -> None:
    own = _program(tmp_path / "bin", "chromium")
    assert find_chromium(tmp_path, str(own.parent), tmp_path / "unpacked").path == str(own)


def test_the_one_of_the_lock_goes_first_with_a_chinese_font(tmp_path: Path) -> None:
    own = _program(tmp_path / "bin", "chromium")
    _program(tmp_path / "unpacked", "unpacked")
    found = find_chromium(tmp_path, str(own.parent), tmp_path / "unpacked")
    assert found.path == str(tmp_path / "unpacked" / "chromium")
    fonts = Path(found.environment["FONTCONFIG_FILE"]).read_text("utf-8")
    (folder,) = [part.split("<")[0] for part in fonts.split("<dir>")[1:] if "share/fonts" not in part]
    assert list(Path(folder).glob("NotoSansSC*"))


def test_without_any_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"(?s)tools/assets\.py --dev.*package `chromium`"):
        find_chromium(tmp_path, str(tmp_path), tmp_path)

"""What the pages load: locked without an address, laid from here, and laid again without any network."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import INSTALLED as VENDOR
from tests.architecture.sources import ROOT

WEB = ROOT / "requirements" / "web"
WANTED = json.loads((WEB / "package.json").read_text("utf-8"))
LOCK = json.loads((WEB / "package-lock.json").read_text("utf-8"))
PAGES = ROOT / "service" / "web"
TEMPLATES = sorted((PAGES / "templates").rglob("*.html"))
ICON = re.compile(r'icon\(\s*"([a-z-]+)"')


@pytest.mark.parametrize("path", sorted(WEB.iterdir()), ids=lambda path: path.name)
def test_no_file_names_a_host(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"://|^\s*registry|@[\w-]+:registry|\"resolved\"", text, re.MULTILINE)


def test_each_locked_package_has_a_hash_and_no_source() -> None:
    packages = {name: each for name, each in LOCK["packages"].items() if name}
    assert len(packages) > 5
    for name, each in packages.items():
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", each["integrity"]), name
        assert not {"resolved", "link", "hasInstallScript"} & set(each), name


def test_what_is_wanted_is_pinned_to_one_version() -> None:
    for name, version in (WANTED["dependencies"] | WANTED["devDependencies"]).items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert LOCK["packages"][f"node_modules/{name}"]["version"] == version
    assert WANTED["dependencies"]["htmx.org"].startswith("2.0."), "htmx 4 is another library"


def test_nothing_that_is_served_names_a_data_or_foreign_address() -> None:
    sheets = [*VENDOR.glob("*.css"), PAGES / "static" / "app.css"]
    assert len(sheets) == 2
    for sheet in sheets:
        text = sheet.read_text("utf-8")
        for address in re.findall(r"url\(\s*[\"']?([^\"')]+)", text):
            assert (sheet.parent / address).is_file(), address
        assert "@import" not in text


def test_a_second_time_nothing_is_fetched(tmp_path: Path) -> None:
    """With no way out at all: the same files are laid again, in a copy, from what is installed."""
    for name in (
        "tools/assets.py",
        "service/web/icons.txt",
        *(f"requirements/web/{each.name}" for each in WEB.iterdir()),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    dead = {
        "npm_config_registry": "http://127.0.0.1:9/",
        "npm_config_cache": str(tmp_path / "none"),
        "PATH": "",
    }
    subprocess.run([sys.executable, tmp_path / "tools" / "assets.py"], env=dead, check=True, timeout=60)
    again = tmp_path / "service" / "web" / "static" / "vendor"
    laid = {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()}
    assert laid == {
        path.relative_to(VENDOR): path.read_bytes() for path in VENDOR.rglob("*") if path.is_file()
    }


def test_every_icon_of_a_template_is_in_the_sprite() -> None:
    drawn = set(
        re.findall(
            r'<symbol id="([a-z0-9-]+)" viewBox="0 0 24 24"><', (VENDOR / "icons.svg").read_text("utf-8")
        )
    )
    listed = {
        line for line in (PAGES / "icons.txt").read_text("utf-8").splitlines() if not line.startswith("#")
    }
    used = {name for path in TEMPLATES for name in ICON.findall(path.read_text("utf-8"))}
    assert used
    assert drawn == listed
    assert used <= listed


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(PAGES).as_posix())
def test_templates_need_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|hx-on|hx-vals=.js", text)
    for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL):
        assert "src=" in attributes or 'type="application/json"' in attributes, body
    assert not re.search(r"(?:src|href|action)=[\"']?(?:https?:)?//", text)
    assert "|safe" not in text

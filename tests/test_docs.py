"""What the documents say is there: commands and their options, targets, files, names, links."""

from __future__ import annotations

import re
import shlex
import struct
from functools import cache
from importlib import import_module
from pathlib import Path

import click
import pytest

from service.cli import main

ROOT = Path(__file__).resolve().parents[1]
TREE = ("schemas", "connectors", "matchers", "service", "tests", "tools", "docs", "requirements", ".ci")
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *(ROOT / name / "README.md" for name in TREE[:4])]
)
WRITTEN = {
    "children.csv", "links.csv", "issues.csv", "summary.json", "truth.csv", "rows.csv", "mistakes.csv",
    "movers.csv",
    "model.toml", "uv.lock", "pylock.toml", "LAYOUT.toml", "connectors/sources/prisoners_children.py",
}  # fmt: skip
"""Files that the program or a reader writes, or that were decided against."""

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def _blocks(path: Path) -> list[tuple[str, str]]:
    """Language and text of each block of code."""
    return re.findall(r"^```(\w*)\n(.*?)^```", path.read_text("utf-8"), re.M | re.S)


def _fenced(path: Path) -> list[str]:
    """The lines of blocks of commands: those without a language."""
    return [
        line.split("#")[0].strip()
        for language, block in _blocks(path)
        if not language
        for line in block.splitlines()
    ]


def _inline(path: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.M | re.S)
    return re.findall(r"`([^`\n]+)`", text)


@cache
def _files() -> tuple[str, ...]:
    found = [path for name in TREE for path in (ROOT / name).rglob("*") if "__pycache__" not in path.parts]
    return tuple(f"/{path.relative_to(ROOT).as_posix()}" for path in [*found, *ROOT.glob("*")])


def _parse(line: str) -> tuple[click.Command, dict[str, object]]:
    """The command of a line like ``rollcall layout new FILE``, and what its own parser makes of the rest."""
    words = shlex.split(line.replace("…", ""))[1:]
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found
    context = click.Context(command)
    options, rest, _ = command.make_parser(context).parse_args(words)
    assert rest == [], line
    return command, options


def _commands(path: Path) -> list[str]:
    return [line for line in _fenced(path) if line.startswith("rollcall ")]


@each_document
def test_commands_can_be_given_as_written(path: Path) -> None:
    for line in _commands(path):
        command, given = _parse(line)
        assert not isinstance(command, click.Group), line
        assert [each.name for each in command.params if each.required and not given.get(each.name)] == [], (
            line
        )


@each_document
def test_commands_and_options_named_in_a_sentence_exist(path: Path) -> None:
    known = {name for command in _every_command(main) for each in command.params for name in each.opts} | {
        "--help"
    }
    for code in _inline(path):
        if code.startswith("rollcall "):
            _parse(code)
        assert {word for word in code.split() if re.fullmatch(r"--[a-z-]+", word)} <= known, code


def _every_command(command: click.Command) -> list[click.Command]:
    if not isinstance(command, click.Group):
        return [command]
    context = click.Context(command)
    below = [command.get_command(context, name) for name in command.list_commands(context)]
    return [command, *(each for one in below if one for each in _every_command(one))]


@each_document
def test_targets_of_make_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.M))
    named = {line.split()[1] for line in [*_fenced(path), *_inline(path)] if re.match(r"make [a-z]", line)}
    assert named <= targets


@each_document
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        other = (path.parent / name).resolve() if name else path
        assert other.exists(), target
        assert ROOT in (other, *other.parents), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", other.read_text("utf-8"), re.M)
            assert anchor in [re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings], (
                target
            )


@each_document
def test_files_named_exist(path: Path) -> None:
    """By their whole path, or by the end of it where the sentence has named the folder."""
    named = [code for code in _inline(path) if re.fullmatch(r"(?!out/)[A-Za-z0-9_./-]+", code)]
    looks = [
        code
        for code in named
        if code.endswith((".py", ".toml", ".csv", ".md", ".txt", ".in", ".json"))
        or (code.startswith(tuple(f"{name}/" for name in TREE)))
        or (code.endswith("/") and len(code) > 1)
    ]
    known = _files()
    missing = [each for each in looks if not any(file.endswith("/" + each.rstrip("/")) for file in known)]
    assert set(missing) <= WRITTEN


@each_document
def test_names_of_the_code_exist(path: Path) -> None:
    """``connectors.read_all`` and the like are names that can be imported."""
    for code in _inline(path):
        dotted = code.split("(")[0].split(".")
        if (
            dotted[0] not in TREE[:4]
            or len(dotted) < 2
            or "/" in code
            or not all(map(str.isidentifier, dotted))
        ):
            continue
        found: object = import_module(dotted[0])
        for at, name in enumerate(dotted[1:], start=2):
            if not hasattr(found, name):
                import_module(".".join(dotted[:at]))
            found = getattr(found, name)


@each_document
def test_no_address_and_no_path_of_one_machine(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.findall(r"https?://\S+|\b[\w-]+\.(?:pypi|pythonhosted)\b|\bpypi\.\w+", text) == []
    assert (
        re.findall(r"(?<![\w.*>-])/(?:work|home|root|tmp|usr|opt|var|mnt|Users)\b\S*|\b[A-Z]:\\", text) == []
    )


def test_both_readmes_say_the_same() -> None:
    """The same commands in the same order, the same figures in the same funnel, the same files."""
    english, chinese = ROOT / "README.md", ROOT / "README.zh-CN.md"
    assert _commands(english) == _commands(chinese)
    assert _fenced(english) == _fenced(chinese)
    funnels = [[block for language, block in _blocks(path) if language] for path in (english, chinese)]
    assert funnels[0] == funnels[1]
    assert len(funnels[0]) == 1
    first = [re.findall(r"^\| `([\w.]+)`", path.read_text("utf-8"), re.M) for path in (english, chinese)]
    assert first[0] == first[1]
    links = [set(re.findall(r"\]\((docs/[^)]+)\)", path.read_text("utf-8"))) for path in (chinese, english)]
    assert links[0] <= links[1]


def test_words_of_the_glossary_occur_in_the_code() -> None:
    code = "\n".join(
        path.read_text("utf-8")
        for name in TREE[:4]
        for path in (ROOT / name).rglob("*")
        if path.suffix in (".py", ".toml", ".csv") and path.name != "region.csv"
    )
    words = set(re.findall(r"\w+", code))
    rows = re.findall(r"^\|([^|]+)\|([^|]+)\|([^|]+)\|", (ROOT / "docs/glossary.md").read_text("utf-8"), re.M)
    named = {word for row in rows for word in re.findall(r"`(\w+)`", row[2])}
    assert len(named) > 40
    assert named - words == set()


def test_every_word_has_its_chinese() -> None:
    text = (ROOT / "docs/glossary.md").read_text("utf-8")
    rows = [row for row in re.findall(r"^\|([^|]+)\|([^|]+)\|", text, re.M) if "---" not in row[0]]
    assert [
        word for word, chinese in rows if word.strip() != "word" and not re.search(r"[一-鿿]", chinese)
    ] == []


def test_decisions_are_numbered_and_say_what_was_rejected() -> None:
    decisions = sorted((ROOT / "docs/adr").glob("*.md"))
    for number, path in enumerate(decisions, start=1):
        text = path.read_text("utf-8")
        assert path.name.startswith(f"{number:04d}-"), path.name
        assert text.startswith(f"# {number:04d} "), path.name
        assert all(f"**{part}.**" in text for part in ("Decision", "Why", "Rejected")), path.name
        assert len(text.splitlines()) <= 60, path.name


def test_the_picture_is_a_small_png_of_the_width_of_a_screen() -> None:
    data = (ROOT / "docs/images/report.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) < 400_000
    assert struct.unpack(">I", data[16:20]) == (1280,)

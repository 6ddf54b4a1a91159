"""Decisions and models as an officer gives them: files in, the same bytes out."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from service.cli import main
from service.demo import make_county


def command(*said: object):
    return CliRunner().invoke(main, [str(each) for each in said])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    make_county(600, 5, folder, errors=2.0)
    return folder / "files"


def screened(files: Path, out: Path, *more: object) -> Path:
    run = command("screen", files, "--out", out, "--as-of", "2026-09-01", *more)
    assert run.exit_code == 0, run.output
    return out


@pytest.fixture(scope="module")
def plain(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return screened(files, tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def table(plain: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every other doubtful link of the first run confirmed, the rest refused: rows of links.csv."""
    links = pd.read_csv(plain / "links.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    links = links[links["decision"] == "review"].reset_index(drop=True)
    assert len(links) > 3
    links["decision"] = ["same" if at % 2 else "different" for at in range(len(links))]
    path = tmp_path_factory.mktemp("decisions") / "决定.csv"
    links.to_csv(path, index=False, encoding="utf-8-sig")
    return path


def test_rows_of_links_csv_with_a_word_are_decisions(files: Path, table: Path, tmp_path: Path) -> None:
    out = screened(files, tmp_path / "a", "--decisions", table)
    asked = pd.read_csv(table, dtype=str, keep_default_na=False)
    links = pd.read_csv(out / "links.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    review = links[links["decision"] == "review"]
    pairs = set(zip(review["left_source"], review["right_source"], strict=True))
    assert not pairs & set(zip(asked["left_source"], asked["right_source"], strict=True))
    assert (links["rule"] == "confirmed").any()


def test_the_model_written_gives_the_same_bytes_again(files: Path, table: Path, tmp_path: Path) -> None:
    first = screened(files, tmp_path / "a", "--decisions", table)
    again = screened(files, tmp_path / "b", "--decisions", table, "--model", first / "model.toml")
    for name in ("children.csv", "links.csv", "model.toml"):
        assert (first / name).read_bytes() == (again / name).read_bytes(), name


def test_the_difference_of_two_models(files: Path, plain: Path, table: Path, tmp_path: Path) -> None:
    same = command("model", "diff", "v1", plain / "model.toml")
    assert (same.exit_code, same.output.strip()) == (0, "两个模型相同。")
    taught = screened(files, tmp_path / "a", "--decisions", table)
    unlike = command("model", "diff", plain / "model.toml", taught / "model.toml")
    assert unlike.exit_code == 0
    assert "levels.name.exact" in unlike.output
    assert "learnt.same" in unlike.output


@pytest.mark.parametrize(
    ("text", "says"),
    [("a,b\n1,2\n", "没有 decision 一栏"), ("", "读不了"), ('decision\n"same', "读不了")],
)
def test_a_table_that_is_none_says_what_to_write(files: Path, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "d.csv").write_text(text, "utf-8")
    run = command(
        "screen", files, "--out", tmp_path / "o", "--as-of", "2026-09-01", "--decisions", tmp_path / "d.csv"
    )
    assert run.exit_code == 2
    assert says in run.output


@pytest.mark.parametrize("name", ["v9", "none.toml"])
def test_a_model_that_is_none(files: Path, tmp_path: Path, name: str) -> None:
    run = command("screen", files, "--out", tmp_path / "o", "--as-of", "2026-09-01", "--model", name)
    assert run.exit_code == 2
    assert name in run.output
    assert command("model", "diff", "v1", name).exit_code == 2

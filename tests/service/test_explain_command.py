"""``rollcall explain``: one pair of a finished run, comparison by comparison, in Chinese and English."""

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from service.cli import main
from service.demo import make_county
from service.export import read_csv


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, out = tmp_path_factory.mktemp("county"), tmp_path_factory.mktemp("out")
    make_county(400, 5, folder)
    run = command("screen", folder / "files", "--out", out, "--as-of", "2026-09-01")
    assert run.exit_code == 0, run.output
    return out


@pytest.fixture(scope="module")
def links(out: Path) -> pd.DataFrame:
    return read_csv(out / "links.csv")


def command(*said: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in said])


def test_each_comparison_of_a_weighed_link_is_said_in_both_languages(out: Path, links: pd.DataFrame) -> None:
    weighed = links[links["weights"].str.contains("name:") & (links["level_name"] == "exact")].iloc[0]
    said = command("explain", out, weighed["link_id"])
    assert said.exit_code == 0, said.output
    for sentence in ("姓名相同：", "same name: "):
        assert f"{sentence}{weighed['left_name']}\n" in said.output
    for part in weighed["weights"].split(";"):
        assert f"{float(part.rpartition(':')[2]):+.1f}" in said.output
    for place in weighed[["left_source", "right_source"]]:
        assert place in said.output


def test_a_sure_link_is_named_by_its_rule_and_hides_the_number(out: Path, links: pd.DataFrame) -> None:
    sure = links[links["weights"].str.startswith("number_and_name:") & (links["level_id"] == "exact")].iloc[0]
    said = command("explain", out, sure["link_id"]).output
    assert "taken by a sure rule" in said
    assert "same number: " in said
    assert sure["left_id"] not in said


def test_a_child_is_explained_by_all_its_links(out: Path, links: pd.DataFrame) -> None:
    child = links.loc[links["child_id"] != "", "child_id"].value_counts().index[0]
    said = command("explain", out, child).output
    for link in links.loc[links["child_id"] == child, "link_id"]:
        assert f"{link}  " in said


def test_what_is_not_there_is_said(out: Path, tmp_path: Path) -> None:
    assert "没有编号为 99999999" in command("explain", out, "99999999").output
    assert "没有 links.csv" in command("explain", tmp_path, "00000001").output

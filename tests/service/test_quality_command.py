"""``rollcall quality`` on a finished run, and what the page says of the same figures."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from service.cli import main
from service.demo import make_county
from service.reports import quality as words
from service.reports import waterfall
from service.reports.report_html import PAIRS_SHOWN


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, out = tmp_path_factory.mktemp("county"), tmp_path_factory.mktemp("out")
    make_county(600, 5, folder)
    run = command("screen", folder / "files", "--out", out, "--as-of", "2026-09-01")
    assert run.exit_code == 0, run.output
    return out


def command(*said: object):
    return CliRunner().invoke(main, [str(each) for each in said])


def test_the_table_shows_every_figure_and_group(result: Path) -> None:
    run = command("quality", result)
    assert run.exit_code == 0, run.output
    for told in [*(each[2] for each in words.SHARES), *(each[1] for each in words.COUNTS)]:
        assert told in run.output
    for told in ("姓名 少数民族译名", "残疾 残疾儿童", "性别 女", "证件号码 有号码", "乡镇 "):
        assert told in run.output


def test_json_is_the_part_of_the_summary(result: Path) -> None:
    told = json.loads(command("quality", result, "--json").output)
    summary = json.loads((result / "summary.json").read_text("utf-8"))
    assert told == summary["quality"]
    assert told["blinded"]["recall"]["of"] == told["blinded"]["links"] > 50
    assert {row["group"] for row in told["groups"]} == set(words.GROUPS)
    assert summary["run"]["seconds"]["自查质量"] > 0


def test_the_list_of_children_is_written_before_the_run_looks_at_itself(result: Path) -> None:
    steps = list(json.loads((result / "summary.json").read_text("utf-8"))["run"]["seconds"])
    assert steps[-3:] == ["汇总结果", "写出 children.csv", "自查质量"]


def test_the_page_shows_the_same_figures(result: Path) -> None:
    page = (result / "比对报告.html").read_text("utf-8")
    summary = json.loads((result / "summary.json").read_text("utf-8"))
    for label, figure, _ in words.lines(summary["quality"]):
        assert label in page
        assert figure in page
    assert page.count("<circle") == len(summary["quality"]["calibration"]["bins"])


@pytest.mark.parametrize(
    ("text", "says"), [(None, "没有 summary.json"), ("{}", "重新运行"), ("{", "重新运行")]
)
def test_a_folder_that_is_no_result_says_what_to_do(tmp_path: Path, text: str | None, says: str) -> None:
    if text is not None:
        (tmp_path / "summary.json").write_text(text, "utf-8")
    run = command("quality", tmp_path)
    assert run.exit_code == 1
    assert says in run.output


@pytest.mark.parametrize(
    ("share", "told"),
    [
        ({"value": None, "low": 0.0, "high": 1.0}, "—"),
        ({"value": 0.0, "low": 0.0, "high": 0.0044}, "0%(0–0.44%)"),
        ({"value": 0.974, "low": 0.966, "high": 0.9751}, "97.4%(96.6–97.5%)"),
        ({"value": 0.999, "low": 0.9978, "high": 1.0}, "99.90%(99.78–100%)"),
    ],
)
def test_a_share_is_never_rounded_to_certainty(share: dict, told: str) -> None:
    assert words.percent(share) == told


def test_a_doubtful_link_is_drawn_as_its_parts(result: Path) -> None:
    links = pd.read_csv(result / "links.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")
    asked = links[(links["stage"] == "roll") & (links["decision"] == "review")]
    assert len(asked)
    page = (result / "比对报告.html").read_text("utf-8")
    assert page.count("各项证据加减多少") == min(len(asked), PAIRS_SHOWN)
    for parts, weight in zip(asked["weights"], asked["weight"], strict=True):
        told = waterfall.bars(parts)
        assert sum(float(part.rsplit(":", 1)[1]) for part in parts.split(";")) == pytest.approx(
            float(weight), abs=0.05
        )
        assert all(0 <= bar["x"] <= waterfall.WIDTH for bar in told)  # type: ignore[operator]


def test_bars_stand_one_after_the_other() -> None:
    first, second = waterfall.bars("name:+30.00;birth:-10.00")
    assert (first["label"], first["x"], first["width"], first["adds"]) == ("姓名", 0.0, 200.0, True)
    assert second["x"] == pytest.approx(133.3)
    assert (second["width"], second["adds"]) == (66.7, False)

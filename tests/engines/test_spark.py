"""The same county through both engines: every row of children.csv and of links.csv is the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from pyspark.sql import SparkSession

from service.cli import main
from service.demo import make_county
from service.export import decimals
from tests.engines.decided import UNHEARD, decisions_about, told

CHILDREN = 20_000
"""A county of 700 gives every table its rows, and once hid a difference that 20,000 showed."""

PARTS = 3
AS_OF = ("--as-of", "2026-09-01")


def rollcall(*words: object) -> str:
    run = CliRunner().invoke(main, [*map(str, words)])
    assert run.exit_code == 0, run.output
    return run.output


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    make_county(CHILDREN, 3, folder)
    rollcall("export", folder / "files", "--parquet", folder / "parquet", "--region", "659999")
    rollcall("screen", folder / "files", *AS_OF, "--out", folder / "plain")
    decisions_about(folder / "plain").to_csv(folder / "decisions.csv", index=False)
    decided = ("--decisions", folder / "decisions.csv")
    rollcall("screen", folder / "files", *AS_OF, *decided, "--out", folder / "local")
    return folder


def assert_same_rows(out: Path, local: Path) -> None:
    """The list byte by byte, the links row by row."""
    assert (out / "children.csv").read_bytes() == (local / "children.csv").read_bytes()
    links = pd.read_parquet(out / "links.parquet").sort_values("link_id", ignore_index=True)
    links = links.assign(weight=decimals(links["weight"], 3), probability=decimals(links["probability"], 4))
    wanted = told(local / "links.csv")
    pd.testing.assert_frame_equal(links[list(wanted.columns)].astype("str"), wanted.astype("str"))


def test_the_parquet_holds_every_record(county: Path) -> None:
    (file,) = (county / "parquet" / "region=659999").glob("*.parquet")
    counts = json.loads((county / "plain" / "summary.json").read_text("utf-8"))["counts"]
    assert pq.read_table(file).num_rows == counts["records"]
    assert told(county / "parquet" / "issues-659999.csv")["code"].str.startswith("matching.").sum() == 0


def test_no_region_no_parquet(tmp_path: Path) -> None:
    words = ["export", tmp_path, "--parquet", tmp_path / "out", "--region", "城关"]
    run = CliRunner().invoke(main, list(map(str, words)))
    assert run.exit_code == 2
    assert "六位数字" in run.output
    assert not (tmp_path / "out").exists()


def test_both_engines_give_the_same_rows(county: Path, spark: SparkSession, tmp_path: Path) -> None:
    """However many parts the work is cut into, in whatever order the records come, and as persons decided."""
    # As `rollcall export` leaves it: what was wrong with the files lies beside the regions.
    given = tmp_path / "shuffled"
    shutil.copytree(county / "parquet", given, ignore=shutil.ignore_patterns("region=*"))
    records = pd.read_parquet(county / "parquet" / "region=659999").sample(frac=1, random_state=7)
    (given / "region=659999").mkdir(parents=True)
    for part in range(PARTS):
        records.iloc[part::PARTS].to_parquet(given / "region=659999" / f"{part}.parquet", index=False)
    decided = ("--decisions", county / "decisions.csv")
    steps = rollcall(
        "screen", given, *AS_OF, *decided, "--out", tmp_path / "out", "--engine", "spark"
    ).split()
    assert_same_rows(tmp_path / "out", county / "local")
    children = [(county / name / "children.csv").read_bytes() for name in ("plain", "local")]
    assert children[0] != children[1]
    assert "confirmed" in steps
    issues = [told(folder / "issues.csv") for folder in (tmp_path / "out", county / "local")]
    unheard = [each[each["code"].str.startswith("decision.")].reset_index(drop=True) for each in issues]
    pd.testing.assert_frame_equal(*unheard)
    assert len(unheard[0]) == UNHEARD

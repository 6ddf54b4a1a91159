"""Laws that every screening keeps: same input same tables, any order, every record accounted for."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from matchers import Screening, screen
from matchers.children import COLUMNS
from schemas.issue import issue_table
from schemas.records import record_types
from schemas.table import RECORDS
from tests.matchers.county import (
    AS_OF,
    SCHOOL,
    UNCOVERED,
    County,
    born,
    crowd,
    family,
    known_at_school,
    model,
    number,
    one_digit_off,
    ordinary,
)

FATES = {"child", "too_young", "over_age", "adult", "roll", "roster"}
STATE = ["enrolment", "attendance", "rule", "groups", "birth_date", "origin"]


def mixed() -> County:
    """A county in which most things that happen to records happen to somebody."""
    county = ordinary(60, seed=5)
    for at in range(12):
        own, name = number(born(at), 135 + 2 * at), f"{family(at)['head_name'][:2]}子{'轩涵睿宸'[at % 4]}"
        county.registered(name, own, **family(at))
        written = [own, one_digit_off(own), "", own[:14] + "****"][at % 4]
        if at % 3:
            school = SCHOOL if at % 2 else UNCOVERED
            county.pupil(name, written, birth_date=born(at), school=school, **known_at_school(at))
        county.add("poverty", name, own if at % 2 else "", birth_date=born(at), group="脱贫户", **family(at))
        county.add("civil_affairs", name, group="农村低保")
    for name, day in (("诸葛明", "2008-02-03"), ("诸葛亮", "2022-02-03"), ("诸葛瑾", "2014-07-08")):
        county.registered(name, number(day, 11), **family(13))
    county.registered("王伟", "", birth_date="2014")
    county.add("disability", "李静", disability_no=number("2015-01-02", 24) + "43", group="残疾:肢体三级")
    county.add("civil_affairs", "司徒念慈", number("1960-01-01", 11), group="孤儿")
    return county


COUNTY = mixed()


@pytest.fixture(scope="module")
def found() -> Screening:
    return COUNTY.screen()


def sources(records: pd.DataFrame) -> pd.Series:
    file, sheet, row = (records[name].astype("str") for name in ("file", "sheet", "row"))
    return file + "#" + sheet + ":" + row


def shuffled(seed: int) -> pd.DataFrame:
    return COUNTY.records().sample(frac=1, random_state=seed).reset_index(drop=True)


def sorted_sources(text: str) -> str:
    return ";".join(sorted(text.split(";")))


def by_source(found: Screening) -> dict[frozenset[str], tuple[str, ...]]:
    """Each row of the list by the records that it stands on: what must not depend on their order."""
    rows = {}
    for child in found.children.to_dict("records"):
        key = frozenset(child["sources"].split(";"))
        roll = ";".join(sorted(child["roll_source"].split(";")))
        candidates = ";".join(sorted(child["candidates"].split(";")))
        rows[key] = (
            *(child[each] for each in STATE[:-3]),
            child["birth_date"],
            child["origin"],
            roll,
            candidates,
        )
    return rows


def test_the_same_input_gives_the_same_tables_and_is_left_as_it_was(found: Screening) -> None:
    told: list[str] = []
    records = COUNTY.records()
    again = screen(records, as_of=AS_OF, model=model(), progress=told.append)
    pd.testing.assert_frame_equal(records, COUNTY.records())
    assert len(told) == len(set(told)) >= 5
    for name in ("children", "links", "corrections", "accounting", "issues"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name))
    assert again.counts == found.counts
    assert again.model == found.model


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_rows_and_files_makes_no_difference(found: Screening, seed: int) -> None:
    other = screen(shuffled(seed), as_of=AS_OF, model=model())
    assert by_source(other) == by_source(found)
    told = [
        Counter(
            (code, file)
            for code, file in zip(each.issues["code"], each.issues["file"], strict=True)
            if "double" not in code
        )
        for each in (found, other)
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize("seed", [1, 3])
def test_a_crowd_of_namesakes(seed: int) -> None:
    """However doubtful: one pupil enrols one child, nobody is lost, and no order enrols anybody else."""
    county = crowd(seed)
    records = county.records()
    found = county.screen()
    rows = records.sample(frac=1, random_state=seed).reset_index(drop=True)
    other = screen(rows, as_of=AS_OF, model=model())
    enrolled = [
        {
            sorted_sources(child["sources"])
            for child in each.children.to_dict("records")
            if child["enrolment"] == "enrolled" and child["origin"] == "population"
        }
        for each in (found, other)
    ]
    assert enrolled[0] == enrolled[1]
    rolls = [each for row in found.children["roll_source"] for each in row.split(";") if each]
    assert len(rolls) == len(set(rolls))
    listed = [each for row in found.children["sources"] for each in row.split(";")]
    assert len(listed) == len(set(listed))
    assert set(sources(records[records["kind"].isin(["household", "poverty"])])) <= set(listed)


def test_every_record_has_one_fate(found: Screening) -> None:
    place = ["file", "sheet", "row", "member"]
    records = COUNTY.records()
    assert len(found.accounting) == len(records)
    assert not found.accounting.duplicated(place).any()
    expected = records[place].sort_values(place, ignore_index=True)
    pd.testing.assert_frame_equal(found.accounting[place].astype(expected.dtypes.to_dict()), expected)
    assert set(found.accounting["fate"]) == FATES
    assert found.fates == found.accounting["fate"].value_counts().to_dict()
    assert found.counts["records"] == len(records)


def test_a_fate_fits_the_kind_of_list(found: Screening) -> None:
    side = found.accounting["kind"].map({kind: each.side for kind, each in record_types().items()})
    on_roll, on_roster = (found.accounting["fate"] == fate for fate in ("roll", "roster"))
    assert (on_roll == (side == "roll")).all()
    assert (on_roster == (side == "attendance")).all()


def test_every_child_of_school_age_stands_on_the_list_once(found: Screening) -> None:
    listed = [each for row in found.children["sources"] for each in row.split(";") if each]
    assert len(listed) == len(set(listed))
    on_list = found.children["origin"] == "population"
    children = sources(found.accounting[found.accounting["fate"] == "child"])
    assert set(children) == {
        each for row in found.children.loc[on_list, "sources"] for each in row.split(";")
    }


def test_every_place_that_is_named_exists(found: Screening) -> None:
    known = set(sources(COUNTY.records()))
    named = [found.children[each] for each in ("sources", "roll_source", "candidates")]
    named += [found.links[each] for each in ("left_source", "right_source")] + [found.corrections["basis"]]
    assert {each for column in named for row in column for each in row.split(";") if each} <= known


def test_the_list_keeps_its_contract(found: Screening) -> None:
    children = found.children
    assert list(children.columns) == COLUMNS
    assert set(children["enrolment"]) <= {"enrolled", "review", "not_enrolled"}
    assert set(children["attendance"]) <= {"attending", "absent", "unknown"}
    assert children["child_id"].is_unique
    assert children["probability"].between(0, 1).all()
    assert children["expected_grade"].between(0, 9).all()
    assert children["explanation"].str.len().gt(0).all()
    enrolled = children["enrolment"] == "enrolled"
    assert (children.loc[enrolled, "roll_source"] != "").all()
    assert (children.loc[children["enrolment"] == "review", "candidates"] != "").all()
    assert (children.loc[~enrolled & (children["origin"] == "population"), "roll_source"] == "").all()


def test_one_pupil_enrols_one_child_only(found: Screening) -> None:
    rolls = [each for row in found.children["roll_source"] for each in row.split(";") if each]
    assert len(rolls) == len(set(rolls))


def test_links_say_what_was_decided(found: Screening) -> None:
    links = found.links
    assert set(links["decision"]) == {"accepted", "review"}
    assert set(links["stage"]) == {"resolve", "roll", "attendance"}
    assert links["link_id"].is_unique
    assert (links.loc[links["decision"] == "accepted", "rule"] != "").all()
    assert links["sentences"].str.len().gt(0).all()
    assert not links["sentences"].str.contains("[{}]", regex=True).any()


def test_figures_add_up(found: Screening) -> None:
    counts = found.counts
    by_kind = counts["by_kind"]
    enrolment = counts["enrolment"]
    assert isinstance(by_kind, dict)
    assert isinstance(enrolment, dict)
    assert sum(by_kind.values()) == counts["records"]
    assert sum(enrolment.values()) == counts["school_age"] == (found.children["origin"] == "population").sum()
    steps = {each["step"]: each["count"] for each in counts["funnel"]}  # type: ignore[attr-defined]
    assert steps["school_age"] == counts["school_age"]
    assert steps["enrolled"] + steps["review"] + steps["not_enrolled"] == steps["school_age"]


def test_every_issue_has_its_wording(found: Screening) -> None:
    for language in ("zh", "en"):
        table = issue_table(found.issues, language)  # type: ignore[arg-type]
        assert table["message"].str.len().gt(0).all()
        assert not table["message"].str.contains("[{}]", regex=True).any()


def test_corrections_say_something_else_than_what_stands_there(found: Screening) -> None:
    fixes = found.corrections[found.corrections["field"] != "重复登记"]
    assert len(fixes)
    assert (fixes["value"] != fixes["suggestion"]).all()
    assert not found.corrections.duplicated().any()


@pytest.mark.parametrize("kind", sorted(record_types()))
def test_a_county_with_one_kind_of_list(kind: str) -> None:
    """A list that is not there yet is no error, and nobody is enrolled on a roll that was not given."""
    records = COUNTY.records()
    alone = screen(records[records["kind"] == kind].reset_index(drop=True), as_of=AS_OF, model=model())
    assert len(alone.accounting) == (records["kind"] == kind).sum()
    assert set(alone.children["enrolment"]) <= {"not_enrolled"}


def test_no_record_at_all() -> None:
    empty = screen(RECORDS.build([]), as_of=AS_OF, model=model())
    assert len(empty.children) == len(empty.links) == len(empty.accounting) == 0
    assert list(empty.children.columns) == COLUMNS


def test_the_tables_hold_no_missing_value(found: Screening) -> None:
    for table in (found.children, found.links, found.corrections, found.accounting):
        assert not table.isna().any(axis=None)
        assert np.isfinite(table.select_dtypes("number")).all(axis=None)

"""The table that the matcher is given: which rows a settled pair comes to, and what they do."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from matchers.decision_table import COLUMNS
from matchers.decisions import Decisions
from service.reviews.events import Said
from service.reviews.look import Who
from service.reviews.standing import rows_of
from tests.matchers.county import County, family, known_at_school, number, one_digit_off, ordinary

OWN, OTHER = number("2014-04-05", 303), number("2014-04-05", 325)
FATHER = number("1984-02-03", 117)


def said(verdict: str, seen: list[Who], right: Who) -> list[Said]:
    return [Said(SimpleNamespace(id=1, verdict=verdict, account_id=1), seen[0], right, "", tuple(seen))]


def rows(verdict: str, seen: list[Who], right: Who) -> list[dict[str, str]]:
    return [
        {name: value for name, value in row.items() if value}
        for row in rows_of(verdict, said(verdict, seen, right))
    ]


CHILD, PUPIL = Who("钱多多", OWN, "2014-04-05"), Who("李满堂", one_digit_off(OWN), "2014-04-05")
LEARNT = {
    "a name under a number": (CHILD, PUPIL, {"left_name": "钱多多", "right_name": "李满堂", "left_id": OWN}),
    "two numbers of one birthday": (
        CHILD,
        Who("钱多多", OTHER, "2014-04-05"),
        {"left_id": OWN, "right_id": OTHER},
    ),
    "a name under a birthday": (
        Who("卓玛", "", "2014-04-05"),
        Who("李小花", "", "2014-04-05"),
        {"left_name": "卓玛", "right_name": "李小花", "left_birth": "2014-04-05"},
    ),
    "a father's number": (Who("钱多多", FATHER, "2014-04-05"), Who("钱多多", OTHER, "2014-04-05"), None),
    "a mistyped number": (CHILD, Who("钱多多", one_digit_off(OWN), "2014-04-05"), None),
    "nothing new": (CHILD, CHILD, None),
    "a name alone": (Who("卓玛", "", ""), Who("李小花", "", ""), None),
}


@pytest.mark.parametrize("case", LEARNT)
def test_what_a_confirmed_pair_teaches(case: str) -> None:
    left, right, alias = LEARNT[case]
    found = rows("same", [left], right)
    assert found[0]["decision"] == "same"
    assert found[1:] == ([{"decision": "alias", **alias}] if alias else [])


def test_a_refusal_speaks_for_every_record_and_a_confirmation_for_the_surest() -> None:
    bare = Who("钱多多", "", "2014-04-05")
    assert [row["left_name"] + row.get("left_id", "") for row in rows("different", [bare, CHILD], PUPIL)] == [
        "钱多多",
        f"钱多多{OWN}",
    ]
    same = [row for row in rows("same", [bare, CHILD], PUPIL) if row["decision"] == "same"]
    assert [row["left_id"] for row in same] == [OWN]
    assert "left_birth" not in same[0], "a list may write the birthday otherwise"


def later(county: County) -> County:
    """The lists of the next quarter: another agency knows the child by the name that the school has."""
    county.registered("钱多多", OWN, sex="男", **family(1))
    county.add("poverty", "李满堂", "", birth_date="2014-04-05", sex="男", head_name=family(1)["head_name"])
    county.pupil("李满堂", one_digit_off(OWN), birth_date="2014-04-05", sex="男", **known_at_school(1))
    return county


def test_a_name_that_was_confirmed_is_known_on_every_later_list() -> None:
    county = later(ordinary(30))
    table = pd.DataFrame(rows_of("same", said("same", [CHILD], PUPIL)), columns=list(COLUMNS)).fillna("")
    before, after = county.screen(), county.screen(decisions=Decisions(table, "复核判定"))
    of = ["钱多多", "李满堂"]
    assert len(before.children[before.children["name"].isin(of)]) == 2
    (one,) = after.children[after.children["name"].isin(of)].to_dict("records")
    assert (one["enrolment"], one["sources"].count(";")) == ("enrolled", 1)

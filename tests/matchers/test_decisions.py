"""What a person has decided is obeyed on every path, never asked again, and moves the weights a little."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers import Screening
from matchers.decided import Decided, made_without
from matchers.decision_table import cleaned, concerned
from matchers.decisions import Decisions, hear
from matchers.model import Learnt, Model, parse_model
from matchers.model_text import differences, model_text
from matchers.pairs import Pairs
from matchers.resolve import Persons
from matchers.steps.s1_prepare import prepare
from tests.examples import FEW
from tests.matchers.county import (
    AS_OF,
    County,
    child_at,
    crowd,
    family,
    known_at_school,
    model,
    number,
    one_digit_off,
    ordinary,
)

OWN = number("2014-04-05", 303)


def decisions(*rows: dict[str, str]) -> Decisions:
    return Decisions(pd.DataFrame(list(rows)).fillna("").astype(str), "决定.csv")


def about(
    decision: str, left: tuple[str, str, str], right: tuple[str, str, str], stage: str = "roll"
) -> dict[str, str]:
    """A row: (name, number, birthday) of each side."""
    row = {"decision": decision, "stage": stage}
    for side, values in (("left", left), ("right", right)):
        row |= dict(zip((f"{side}_name", f"{side}_id", f"{side}_birth"), values, strict=True))
    return row


def codes(found: Screening) -> list[tuple[str, int]]:
    return [(issue.code, issue.row) for issue in found.unheard]


def numbered() -> tuple[County, str, str]:
    county = ordinary(30)
    child = county.registered("钱多多", OWN, sex="男", **family(1))
    pupil = county.pupil("钱多多", OWN, sex="男", **known_at_school(1))
    return county, child, pupil


def test_a_refused_pair_is_not_made_though_number_and_name_agree() -> None:
    county, child, pupil = numbered()
    assert child_at(county.screen(), child)["roll_source"] == pupil
    refused = county.screen(decisions=decisions(about("different", ("钱多多", OWN, ""), ("钱多多", OWN, ""))))
    row = child_at(refused, child)
    assert (row["enrolment"], row["roll_source"], row["candidates"]) == ("not_enrolled", "", "")
    assert codes(refused) == []
    links = refused.links
    assert not ((links["left_source"] == child) & (links["right_source"] == pupil)).any()


def test_a_refused_pair_is_not_made_by_another_record_of_the_same_child() -> None:
    """The child stands on the poverty list as well: its record there may not bring the pupil back."""
    county, child, _ = numbered()
    county.add("poverty", "钱多多", OWN, birth_date="2014-04-05", sex="男")
    refused = county.screen(decisions=decisions(about("different", ("钱多多", OWN, ""), ("钱多多", OWN, ""))))
    assert child_at(refused, child)["enrolment"] == "not_enrolled"


def test_a_confirmed_pair_is_made_though_nothing_but_the_birthday_agrees() -> None:
    county = ordinary(30)
    child = county.registered("钱多多", OWN, sex="男", **family(1))
    pupil = county.pupil("欧阳雪", "", birth_date="2014-04-05", sex="女")
    assert child_at(county.screen(), child)["enrolment"] == "not_enrolled"
    told = about("same", ("钱多多", OWN, ""), ("欧阳雪", "", "2014-04-05"))
    row = child_at(county.screen(decisions=decisions(told)), child)
    assert (row["enrolment"], row["roll_source"], row["rule"]) == ("enrolled", pupil, "confirmed")
    assert "经人工确认为同一人" in row["explanation"]


def test_a_confirmed_pair_goes_before_the_number() -> None:
    """The number leads to one pupil, a person says that it is the other."""
    county, child, _ = numbered()
    right = county.pupil("钱满满", "", birth_date="2014-04-05")
    told = about("同一人", ("钱多多", OWN, "2014-04-05"), ("钱满满", "", "2014-04-05"))
    assert child_at(county.screen(decisions=decisions(told)), child)["roll_source"] == right


def doubtful() -> tuple[County, str]:
    """A slip in the number, the birthday and family the same, another name: for a person to decide."""
    county = ordinary(30)
    child = county.registered("钱多多", OWN, sex="男", **family(1))
    county.pupil("李满堂", one_digit_off(OWN), birth_date="2014-04-05", sex="男", **known_at_school(1))
    return county, child


@pytest.mark.parametrize(("decision", "state"), [("same", "enrolled"), ("different", "not_enrolled")])
def test_what_is_decided_is_not_asked_again(decision: str, state: str) -> None:
    county, child = doubtful()
    assert child_at(county.screen(), child)["enrolment"] == "review"
    told = about(decision, ("钱多多", OWN, ""), ("李满堂", one_digit_off(OWN), ""))
    found = county.screen(decisions=decisions(told))
    assert child_at(found, child)["enrolment"] == state
    assert not (found.links["decision"] == "review").any()


def test_two_records_told_apart_stay_two_children() -> None:
    """By number, and by a third record that is like both."""
    county = ordinary(30)
    one = county.registered("钱多多", OWN, **family(1))
    other = county.add("poverty", "钱多朵", OWN, birth_date="2014-04-05")
    county.add("civil_affairs", "钱多多", OWN, birth_date="2014-04-05")
    assert child_at(county.screen(), one) == child_at(county.screen(), other)
    told = about("different", ("钱多多", OWN, ""), ("钱多朵", OWN, ""), "resolve")
    found = county.screen(decisions=decisions(told))
    assert child_at(found, one)["child_id"] != child_at(found, other)["child_id"]


def test_two_children_confirmed_for_one_pupil_are_one_child() -> None:
    county = ordinary(30)
    one = county.registered("钱多多", OWN, **family(1))
    other = county.add("poverty", "扎西", "", birth_date="2014-07-08")
    pupil = county.pupil("钱多多", OWN)
    told = (
        about("same", ("扎西", "", "2014-07-08"), ("钱多多", OWN, "")),
        about("same", ("钱多多", OWN, ""), ("钱多多", OWN, "")),
    )
    found = county.screen(decisions=decisions(*told))
    assert child_at(found, one) == child_at(found, other)
    assert child_at(found, one)["roll_source"] == pupil


def test_a_decision_on_a_roster_row_is_obeyed() -> None:
    county = ordinary(30)
    county.registered("钱多多", OWN, **family(1))
    county.pupil("钱多多", OWN, school="城关第一小学")
    county.add("attendance", "钱多多", OWN, school="城关第一小学", attends="是")
    told = about("different", ("钱多多", OWN, ""), ("钱多多", OWN, ""), "attendance")
    states = [
        found.children.loc[found.children["name"] == "钱多多", "attendance"].tolist()
        for found in (county.screen(), county.screen(decisions=decisions(told)))
    ]
    assert states == [["attending"], ["absent"]]


def test_an_alias_of_a_number_and_of_a_name() -> None:
    county = ordinary(30)
    old, new = number("2013-02-03", 11), number("2013-02-04", 13)
    by_number = county.registered("孙一", old, **family(1))
    county.pupil("孙一", new)
    by_name = county.registered("卓玛", "", birth_date="2014-07-08", sex="女", **family(2))
    county.pupil("李小花", "", birth_date="2014-07-08", sex="女", **known_at_school(2))
    told = (
        {"decision": "alias", "left_id": old, "right_id": new},
        {"decision": "别名", "left_name": "卓玛", "right_name": "李小花", "left_birth": "2014-07-08"},
    )
    before, after = county.screen(), county.screen(decisions=decisions(*told))
    assert [child_at(before, each)["enrolment"] for each in (by_number, by_name)] != ["enrolled"] * 2
    assert [child_at(after, each)["enrolment"] for each in (by_number, by_name)] == ["enrolled"] * 2
    assert codes(after) == []


def test_rows_that_cannot_be_obeyed_are_issues_and_the_others_hold() -> None:
    county, child, _ = numbered()
    for _ in range(2):
        county.pupil("双全", "", birth_date="2015-01-01", school="河东第三小学")
    county.registered("双全", "", birth_date="2015-01-01")
    rows = (
        about("maybe", ("钱多多", OWN, ""), ("钱多多", OWN, "")),
        about("same", ("", "", "2014-04-05"), ("钱多多", OWN, "")),
        about("same", ("没有此人", "", "2014-04-05"), ("钱多多", OWN, "")),
        about("same", ("双全", "", "2015-01-01"), ("双全", "", "2015-01-01")),
        about("same", ("钱多多", OWN, ""), ("钱多多", OWN, "")),
        about("different", ("钱多多", OWN, ""), ("钱多多", OWN, "")),
        about("same", ("钱多多", OWN, ""), ("钱多多", OWN, ""), "somewhere"),
        {"decision": "alias", "left_name": "钱多多", "right_name": "钱满满"},
    )
    found = county.screen(decisions=decisions(*rows))
    told = ["word", "lacking", "absent", "unclear", "conflict", "stage", "alias"]
    assert codes(found) == [
        (f"decision.{each}", row) for each, row in zip(told, (2, 3, 4, 5, 6, 8, 9), strict=True)
    ]
    assert child_at(found, child)["enrolment"] == "not_enrolled", (
        "where two rows conflict, nobody is taken off"
    )


def test_a_table_without_a_usable_row_changes_nothing() -> None:
    county, _, _ = numbered()
    plain, told = county.screen(), county.screen(decisions=decisions({"decision": ""}))
    for name in ("children", "corrections"):
        pd.testing.assert_frame_equal(getattr(plain, name), getattr(told, name))


@settings(max_examples=FEW)
@given(st.integers(0, 10**6), st.data())
def test_no_set_of_refusals_is_ever_broken(seed: int, data: st.DataObject) -> None:
    """Law: among children of few names and birthdays, any links that are refused are not made again."""
    county = crowd(seed, 30)
    first = county.screen()
    links = first.links[first.links["stage"].isin(["roll", "resolve"])].to_dict("records")
    chosen = data.draw(st.lists(st.sampled_from(links), min_size=1, max_size=6)) if links else []
    sides = ("left", "right")
    rows = [
        about(
            "different",
            *(tuple(link[f"{side}_{what}"] for what in ("name", "id", "birth")) for side in sides),
            link["stage"],
        )
        for link in chosen
    ]
    found = county.screen(decisions=decisions(*rows)) if rows else first
    for link in chosen:
        child = child_of(found, link["left_source"])
        if child is None:
            continue
        if link["stage"] == "resolve":
            other = child_of(found, link["right_source"])
            assert other is None or child["child_id"] != other["child_id"]
        else:
            assert link["right_source"] not in (child["roll_source"] + ";" + child["candidates"]).split(";")
    held = [each for row in found.children["sources"] for each in row.split(";")]
    assert len(held) == len(set(held))


@settings(max_examples=FEW)
@given(st.integers(0, 10**6), st.data())
def test_who_has_only_the_records_that_decisions_concern_hears_the_same(
    seed: int, data: st.DataObject
) -> None:
    """Law: what an engine on many machines rests on. Pairs, issues, and what aliases give."""
    people = prepare(crowd(seed, 30).records(), AS_OF, model().confusions).people
    rows = data.draw(st.lists(st.tuples(*[st.integers(0, len(people) - 1)] * 2), min_size=1, max_size=8))
    words = data.draw(st.lists(st.sampled_from(["same", "different", "alias"]), min_size=8, max_size=8))
    shown = (
        people.names.text.take(pa.array(people.name)).to_pylist(),
        people.ids.texts(people.id1),
        people.birth,
    )
    sides = [[(shown[0][at], shown[1][at], day(shown[2][at])) for at in pair] for pair in rows]
    told = decisions(*(about(word, *pair) for word, pair in zip(words, sides, strict=False)))
    few = np.flatnonzero(concerned(cleaned(told.table), people))
    whole, part = hear(told, people), hear(told, people.take(few))
    assert part.issues == whole.issues
    for each in ("same", "different"):
        for one, other in ((part.decided, whole.decided), (part.told, whole.told)):
            assert few[getattr(one, each)].tolist() == getattr(other, each).tolist()
    for name in ("id2", "former"):
        assert (getattr(part.people, name) == getattr(whole.people, name)[few]).all()
        rest = np.setdiff1d(np.arange(len(people)), few)
        assert (getattr(whole.people, name)[rest] == getattr(people, name)[rest]).all()


def day(born: int) -> str:
    return f"{born // 10000}-{born // 100 % 100:02}-{born % 100:02}" if born else ""


def child_of(found: Screening, source: str) -> dict[str, str] | None:
    held = [source in each.split(";") for each in found.children["sources"]]
    return found.children[held].to_dict("records")[0] if any(held) else None


Numbers = list[tuple[int, int]]
PAIRS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30)


@given(PAIRS, PAIRS)
def test_joining_never_brings_together_what_is_apart(
    joins: list[tuple[int, int]], apart: list[tuple[int, int]]
) -> None:
    apart = [pair for pair in apart if pair[0] != pair[1]]
    different = np.array(apart, dtype=np.int64).reshape(-1, 2)
    pairs = np.array(joins, dtype=np.int64).reshape(-1, 2)
    persons = Persons(np.arange(12, dtype=np.int64), decided=Decided(different=different))
    made = persons.join(Pairs(pairs[:, 0], pairs[:, 1], np.zeros(len(pairs), np.uint64)))
    code = persons.code
    assert (code[different[:, 0]] != code[different[:, 1]]).all()
    assert (code[pairs[made, 0]] == code[pairs[made, 1]]).all()
    if not len(different):
        assert made.all()
    alone = made_without(
        np.arange(12), Pairs(pairs[:1, 0], pairs[:1, 1], np.zeros(len(pairs[:1]), np.uint64)), different
    )
    assert not len(joins) or alone[0] == made[0], "what comes first is made if it may be"


def learnt(same: int = 0, different: int = 0, links: int = 5000, pairs: int = 10**8) -> Model:
    """The model after so many pairs of one level of each comparison were decided."""
    counts = [
        {name: np.bincount([len(m) - 1] * n, minlength=len(m)) for name, m in model().m.items()}
        for n in (same, different)
    ]
    return model().taught(Learnt(links, pairs, *counts))


def test_decisions_move_the_weights_their_way_and_no_further_than_their_share() -> None:
    plain, confirmed, refused = model(), learnt(same=50), learnt(different=50)
    for name in plain.m:
        for each in (confirmed, refused):
            assert each.m[name].sum() == pytest.approx(plain.m[name].sum(), abs=1e-3)
            assert each.u[name].sum() == pytest.approx(plain.u[name].sum(), abs=1e-3)
        assert plain.m[name][-1] < confirmed.m[name][-1] <= plain.m[name][-1] + 0.01
        assert plain.u[name][-1] < refused.u[name][-1] <= plain.u[name][-1] + 1e-6


def test_the_same_decisions_count_once() -> None:
    county, _ = doubtful()
    told = decisions(about("different", ("钱多多", OWN, ""), ("李满堂", one_digit_off(OWN), "")))
    once = county.screen(decisions=told).model_toml
    again = parse_model(once)
    assert again.learnt
    assert again.learnt.different["id_number"].sum() == 1
    assert model_text(again.taught(again.learnt)) == once


@pytest.mark.parametrize("taught", [model(), learnt(7, 3)])
def test_a_written_model_reads_back_as_the_same_model(taught: Model) -> None:
    text = model_text(taught)
    read = parse_model(text)
    assert model_text(read) == text
    assert differences(taught, read) == []
    for name in taught.m:
        assert (read.m[name] == taught.m[name]).all()
        assert (read.u[name] == taught.u[name]).all()
    for use, rules in taught.rules.items():
        for one, other in zip(rules, read.rules[use], strict=True):
            assert (one.name, one.label, one.sure) == (other.name, other.label, other.sure)
            assert all((one.allowed[name] == other.allowed[name]).all() for name in one.allowed)


def test_what_differs_between_two_models_is_told_in_bits() -> None:
    found = {where: (one, other) for where, one, other in differences(model(), learnt(same=50))}
    assert "+" in found["levels.sex.equal"][1]
    assert found["learnt.same.sex.equal"] == ("", "50")
    assert "rules.person" not in found

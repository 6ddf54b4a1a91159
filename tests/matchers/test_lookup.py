"""One record held against a roll in memory: the answers must be those of a run over both lists together."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pytest

from matchers.comparisons import MISSING
from matchers.explain import sentences
from matchers.lookup import Match, RollIndex
from matchers.people import POPULATION, ROLL, Listed
from matchers.shown import Shown
from matchers.steps.s1_prepare import prepare
from matchers.steps.s3_block import candidates
from matchers.steps.s4_compare import compare
from matchers.steps.s5_score import Shares, count_shares, score
from matchers.steps.s6_assign import probabilities
from schemas.table import RECORDS
from tests.matchers.county import AS_OF, County, Values, cleaned, crowd, family, model, number, ordinary
from tests.matchers.test_candidates import slips_in_birthday, slips_in_name, slips_in_number

EVERYONE = 10_000
BATCH = 10
"""Records that are prepared with the roll at once: few enough that no telephone becomes everybody's."""


@cache
def _lists() -> tuple[pd.DataFrame, list[Values]]:
    """A roll, and what the register says of its children and of others."""
    county = County([*ordinary(80).rows, *crowd(3).rows, *_hard_pupils().rows])
    for at, row in enumerate(county.rows):
        row["row"] = at + 2
    records = county.records()
    children = records[records["kind"] == "household"].drop(columns=["sheet", "row", "member"])
    return records[records["kind"] == "roll"], [
        {str(name): str(value) for name, value in child.items() if value}
        for child in children.to_dict("records")
    ]


def _hard_pupils() -> County:
    county = County()
    county.pupil("赵丽颍", number("2014-03-05", 10))
    county.pupil("阿卜杜拉·买买提", number("2014-03-06", 11), guardian_name="买买提·托合提")
    county.pupil("歐陽子軒", guardian_name="欧阳建国", birth_date="2014-03-07", phone=family(3)["phone"])
    county.pupil("孙悟", birth_date="2014", guardian_id=number("1984-02-03", 117), class_name="三年级(2)班")
    county.pupil("□子涵", number("2013-07-08", 21)[:14] + "****", address="城关镇柳坪村三组7号")
    county.pupil("卓玛", student_no="G" + number("2013-07-09", 22), birth_date="")
    return county


HARD: dict[str, Values] = {
    "a sign of like shape": {"name": "赵丽颖", "id_number": number("2014-03-05", 10)},
    "transliterated otherwise": {"name": "阿布都拉买买提", "birth_date": "2014-03-06", "sex": "男"},
    "simplified, guardian as head": {"name": "欧阳子轩", "head_name": "欧陽建國", "birth_date": "2014-03"},
    "a guardian's number as own": {"name": "孙悟", "id_number": number("1984-02-03", 117)},
    "a character nobody bears": {"name": "王𪚥涵", "birth_date": "2014-03-05", "sex": "女"},
    "two of them, and letters": {"name": "𪚥Q𪚤", "birth_date": "2014-03-05", "former_name": "卓玛"},
    "lived at, in Chinese figures": {"name": "王子涵", "live_address": "城关镇柳坪村三组7号"},
    "fifteen digits": {"name": "卓马", "id_number": number("2013-07-09", 22)[:6] + "130709022"},
    "in the certificate": {"name": "卓玛", "disability_no": number("2013-07-09", 22) + "43"},
    "born by the lunar calendar": {"name": "李明", "birth_date": "2014-02-05", "sex": "男"},
    "no name": {"id_number": number("2014-03-05", 10)},
    "a number with a digit too many": {"name": "赵", "id_number": number("2014-03-05", 10) + "1"},
    "nothing": {},
    "nobody": {"name": "龘龘龘", "birth_date": "1990-01-01"},
}


def _with_errors(children: list[Values], size: int) -> list[Values]:
    """What a person types in: up to three slips a record, and columns left out."""
    draw = random.Random(7)
    made = []
    for _ in range(size):
        child = dict(draw.choice(children))
        own, name = child.get("id_number", ""), child.get("name", "").ljust(4, "子")[:4].strip("子") or "子"
        slips = {
            "id_number": draw.choice(slips_in_number(own)) if len(own) == 18 else "",
            "name": draw.choice(slips_in_name(name.ljust(4, "涵"))),
            "birth_date": draw.choice(slips_in_birthday()),
        }
        for column in draw.sample(sorted(slips), draw.randrange(4)):
            child[column] = slips[column]
        for column in draw.sample(sorted(child), draw.randrange(3)):
            child[column] = ""
        made.append(child | {"file": "走访", "kind": "household"})
    return made


@cache
def _index() -> tuple[RollIndex, Listed]:
    listed = prepare(_lists()[0], AS_OF)
    return RollIndex(listed, model(), AS_OF), listed


@dataclass(frozen=True)
class Together:
    """What a run over the roll and some records finds: by record, then by pupil."""

    levels: dict[str, int | None]
    weight: float
    probability: float
    sentences: str


def _shares(listed: Listed) -> Shares:
    """How common values are on the roll alone; a value that only the new record has counts as two."""
    people = listed.people
    roll = people.take(np.flatnonzero(people.side == ROLL))
    every = np.arange(len(roll))
    shares = count_shares(roll, every, every)
    parents = np.count_nonzero(roll.guardian) + np.count_nonzero(roll.head)
    size = len(people.names)

    def filled(share: np.ndarray, total: int) -> np.ndarray:
        return np.append(share, np.full(size - len(share), 2 / max(total, 2)))

    return Shares(
        filled(shares.simple, len(roll)), filled(shares.sound, len(roll)), filled(shares.family, parents)
    )


def _together(records: list[Values]) -> list[dict[str, Together]]:
    """The run over whole lists: prepared, blocked, compared and scored with the roll."""
    asked = RECORDS.build(
        [{**record, "file": "走访", "kind": "household", "row": at} for at, record in enumerate(records)]
    )
    listed = prepare(pd.concat([_lists()[0], asked], ignore_index=True), AS_OF)
    people, shown = listed.people, Shown(listed)
    left, right = np.flatnonzero(people.side == POPULATION), np.flatnonzero(people.side == ROLL)
    pairs, _ = candidates(people, left, right)
    levels = compare(people, pairs)
    weight = score(people, pairs, levels, model(), _shares(listed))
    share = probabilities(pairs.left, pairs.right, weight, len(left), len(right), one_to_one=False)
    told = sentences(shown, pairs, levels).to_pylist()
    sources = listed.sources(pairs.right)
    found: list[dict[str, Together]] = [{} for _ in records]
    owners = listed.table(["row"], pairs.left)["row"].tolist()
    for at, owner in enumerate(owners):
        codes = {name: int(level[at]) for name, level in levels.items()}
        known = {name: None if code == MISSING else code for name, code in codes.items()}
        found[owner][sources[at]] = Together(known, weight[at], share[at], told[at])
    return found


def _same(found: list[Match], wanted: dict[str, Together]) -> None:
    assert sorted(match.source for match in found) == sorted(wanted)
    for match in found:
        expected = wanted[match.source]
        assert match.levels == expected.levels
        assert match.weight == pytest.approx(expected.weight, abs=1e-9)
        assert sum(match.parts.values()) == pytest.approx(match.weight, abs=1e-9)
        assert match.probability == pytest.approx(expected.probability, abs=1e-9)
        assert match.sentences == expected.sentences
    weights = [match.weight for match in found]
    assert weights == sorted(weights, reverse=True)


def test_records_with_errors_find_what_a_run_finds() -> None:
    roll, children = _lists()
    records = _with_errors(children, 80)
    index, _ = _index()
    met = 0
    for start in range(0, len(records), BATCH):
        batch = records[start : start + BATCH]
        for record, wanted in zip(batch, _together(batch), strict=True):
            _same(index.find(record, EVERYONE), wanted)
            met += len(wanted)
    assert met > len(records)
    assert len(index) == len(roll)


@pytest.mark.parametrize("case", sorted(HARD))
def test_a_hard_record_finds_what_a_run_finds(case: str) -> None:
    record = cleaned(HARD[case])
    _same(_index()[0].find(record, EVERYONE), _together([record])[0])


def test_only_the_best_are_told_and_the_row_is_that_of_the_list() -> None:
    index, listed = _index()
    record = {"name": "王子涵", "birth_date": "2014-03-05", "head_name": family(0)["head_name"]}
    every, few = index.find(record, EVERYONE), index.find(record, 3)
    assert len(every) > 3
    assert few == every[:3]
    assert listed.sources(np.array([match.row for match in few])).tolist() == [each.source for each in few]


def test_asking_changes_nothing() -> None:
    index, _ = _index()
    records = [cleaned(each) for each in HARD.values()]
    first = [index.find(each) for each in records]
    assert [index.find(each) for each in reversed(records)] == first[::-1]


def test_an_empty_roll_has_nobody() -> None:
    index = RollIndex(prepare(RECORDS.build([]), AS_OF), model(), AS_OF)
    assert index.find({"name": "王子涵", "birth_date": "2014-03-05"}) == []


def test_other_lists_beside_the_roll_are_left_aside() -> None:
    """Names and numbers of other lists stand in the same tables; they are neither found nor counted."""
    county = ordinary(30)
    records = county.records()
    whole = RollIndex(prepare(records, AS_OF), model(), AS_OF)
    alone = RollIndex(prepare(records[records["kind"] == "roll"], AS_OF), model(), AS_OF)
    child = next(row for row in county.rows if row.get("relation") == "子")
    asked = {name: str(value) for name, value in child.items()}
    found, wanted = whole.find(asked), alone.find(asked)
    assert [(each.source, each.weight) for each in found] == [(each.source, each.weight) for each in wanted]
    assert found[0].sentences.startswith("证件号码相同")

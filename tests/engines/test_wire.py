"""Records that travelled: a process that makes its own tables of what arrived finds and compares the same."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from matchers.engines.packed import pack, unpack
from matchers.engines.pairing import between, once
from matchers.engines.records import tokens
from matchers.engines.wire import KEYS, WIRE, Desk
from matchers.people import POPULATION, ROLL, People
from matchers.steps.s1_prepare import content_key, prepare
from matchers.steps.s3_block import LIMIT, PERSON_KEYS, SCHOOL_KEYS, candidates
from matchers.steps.s4_compare import PERSON, PUPIL, compare
from tests.matchers.county import AS_OF, crowd, model


@pytest.fixture(scope="module")
def people() -> People:
    return prepare(crowd(3, 60).records(), AS_OF, model().confusions).people


@pytest.fixture(scope="module")
def desk(people: People) -> Desk:
    characters = sorted({chr(each) for each in people.names.characters.points.tolist()} - {chr(0)})
    return Desk(tuple(characters), model().confusions, people.kinds, people.school_year, 20260901)


@pytest.mark.parametrize(("keys", "comparing"), [(PERSON_KEYS, PERSON), (SCHOOL_KEYS, PUPIL)])
def test_the_same_pairs_and_levels(people: People, desk: Desk, keys, comparing) -> None:
    arrived = desk.people(desk.wire(people))
    every = np.arange(len(people))
    pairs, again = (candidates(each, every, every, keys)[0] for each in (people, arrived))
    assert len(pairs) > len(people)
    assert all((getattr(pairs, each) == getattr(again, each)).all() for each in ("left", "right", "rules"))
    levels, others = compare(people, pairs, comparing), compare(arrived, pairs, comparing)
    assert all((levels[name] == others[name]).all() for name in comparing)


def test_order_and_keys_of_parts_are_those_of_the_whole(people: People, desk: Desk) -> None:
    """A part of the records has tables of its own; its keys still mean what those of the other parts mean."""
    packed = pack(desk.wire(people), WIRE)
    half = np.arange(0, len(people), 2)
    arrived = desk.people(unpack(packed.take(pa.array(half)), WIRE))
    assert pack(desk.wire(arrived), WIRE).equals(packed.take(pa.array(half)))
    keys, whole = desk.keys(arrived), desk.keys(people)
    assert all((keys[name] == whole[name][half]).all() for name in KEYS)
    assert (content_key(arrived) == content_key(people)[half]).all()


@pytest.mark.parametrize("limit", [LIMIT, 12, 2])
def test_tokens_meet_as_keys_do(people: People, desk: Desk, limit: int) -> None:
    """Those that too many share are refined alike."""
    every = np.arange(len(people))
    population, roll = (np.flatnonzero(people.side == side) for side in (POPULATION, ROLL))
    at = np.where(people.side == POPULATION, 0, np.where(people.side == ROLL, 1, 2)).astype(np.int32)
    sides = pa.table({"record": pack(desk.wire(people), WIRE), "row": every, "person": every, "at": at})
    found = once(between(limit, tokens(desk, PERSON_KEYS, sides)))
    pairs, counts = candidates(people, population, roll, PERSON_KEYS, limit)
    wide = sum(each["too_common"] for each in counts.values())
    assert len(pairs) > len(roll) // 2
    assert (wide > 0) == (limit < LIMIT)
    for name, values in {"left": pairs.left, "right": pairs.right, "rules": pairs.rules}.items():
        assert (found.column(name).to_numpy() == values.astype(np.int64)).all()

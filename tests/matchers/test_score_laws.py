"""Laws of the weight: it has no side, and what agrees more never weighs less."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matchers.pairs import Pairs
from matchers.steps.s4_compare import compare
from matchers.steps.s5_score import count_shares, score, weights
from tests.examples import FEW
from tests.matchers.county import County, Values, crowd, model, number, people_of

WHOLE: Values = {
    "name": "欧阳子轩",
    "id_number": number("2014-03-05", 135),
    "birth_date": "2014-03-05",
    "sex": "男",
    "guardian_name": "欧阳建国",
    "phone": "13800007000",
    "address": "城关镇柳坪村3组7号",
}
FIELDS = sorted(WHOLE)


def weight_of(facts: Values) -> float:
    """The weight of two records that both say this, among children of other names and families."""
    rows = [{"kind": kind, "file": kind, "name": "", **facts} for kind in ("household", "roll")]
    others = [
        {
            "kind": kind,
            "file": kind,
            "name": f"{family}子{own}",
            "guardian_name": f"{family}建{own}",
        }
        for kind in ("household", "roll")
        for family in "王李张刘陈杨黄赵吴周"
        for own in "涵轩怡琪豪"
    ]
    people = people_of(rows + others)
    pair = Pairs(np.array([0]), np.array([1]), np.zeros(1, dtype=np.uint64))
    sides = [np.flatnonzero(people.kind == people.kinds.index(kind)) for kind in ("household", "roll")]
    return float(score(people, pair, compare(people, pair), model(), count_shares(people, *sides))[0])


@settings(max_examples=2 * FEW)
@given(st.sets(st.sampled_from(FIELDS)), st.sampled_from(FIELDS))
def test_agreement_added_never_lowers_a_weight(given_: set[str], more: str) -> None:
    """A value that both records give, and give alike, on top of any others that they do."""
    less = {name: WHOLE[name] for name in given_ - {more}}
    weight = [weight_of(facts) for facts in (less, less | {more: WHOLE[more]})]
    assert weight[1] >= weight[0] - 1e-9, (less, more)


@settings(max_examples=FEW)
@given(st.integers(0, 10**6))
def test_left_and_right_weigh_alike(seed: int) -> None:
    county: County = crowd(seed, 30)
    rows = [
        {key: str(value) for key, value in row.items() if key not in ("file", "sheet", "row", "member")}
        | {"file": row["file"], "sheet": row["sheet"], "row": row["row"], "member": row["member"]}
        for row in county.rows
    ]
    people = people_of(rows)  # type: ignore[arg-type]
    every = np.arange(len(people))
    left = every[people.kind == people.kinds.index("household")]
    right = every[people.kind == people.kinds.index("roll")]
    a, b = (each.ravel() for each in np.meshgrid(left, right))
    none = np.zeros(len(a), dtype=np.uint64)
    here, there = Pairs(a, b, none), Pairs(b, a, none)
    levels, turned = compare(people, here), compare(people, there)
    for name, level in levels.items():
        assert (level == turned[name]).all(), name
    one = weights(people, here, levels, model(), count_shares(people, left, right))
    other = weights(people, there, turned, model(), count_shares(people, right, left))
    for name, bits in one.items():
        assert np.allclose(bits, other[name]), name
    missing = {name: bits[levels[name] == 255] for name, bits in one.items()}
    assert all((bits == 0).all() for bits in missing.values()), "what is missing weighs nothing"

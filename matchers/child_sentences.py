"""What is said of each child of the list: what was found, by which rule, and on what evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchers.enrolment import ENROLLED, IN_REVIEW, Enrolment
from matchers.explain import sentences
from matchers.people import Longs
from matchers.shown import Shown
from matchers.texts import decode, filled, spread, text, worded

ENROLLED_TEXT = "{label}：在{school}{grade}。{said}{absent}"
TWIN_TEXT = "可能与另一儿童({other})为同一人(重复登记),所列学籍是该儿童的，请人工确认。{said}"
REVIEW_TEXT = "可能已在学籍(可能性{chance}),但{reason}，请人工确认。{said}"
LEFT_TEXT = "学籍中有此人，但状态为「{status}」,已不在籍。{said}"
NOWHERE_TEXT = "在全部学籍名单中没有找到此人{noted}"
PUPIL_TEXT = "学籍在册，在校花名册中没有此人;本次人口名单中也没有此人{paused}"
NOT_IN_CLASS = "。在校花名册中没有此人"
NO_SCHOOL = "学籍名单"
NEARLY_SURE = 0.99
_TEXTS = (ENROLLED_TEXT, TWIN_TEXT, REVIEW_TEXT, LEFT_TEXT, NOWHERE_TEXT)

Values = Mapping[str, Callable[[Longs], pa.Array]]


def said_of_children(
    shown: Shown, found: Enrolment, which: Longs, candidate: Longs, columns: Values
) -> pa.Array:
    """One sentence or two a child.

    Args:
        which: places in ``found``. candidate: the first candidate of each, -1 for none.
        columns: what gives ``school``, ``grade``, ``quality``, ``absent`` (what is said of a pupil who is
            not in class, else "") and ``reason`` (why a person is asked) of children by their places in
            ``found``.
    """
    state = found.state[which]
    review = state == IN_REVIEW
    sort = np.select(
        [state == ENROLLED, review & (found.twin[which] >= 0), review, candidate >= 0], [0, 1, 2, 3], 4
    )
    values: dict[str, Callable[[Longs], pa.Array]] = {
        "label": lambda at: _labels(found, which[at]),
        "school": lambda at: _or_else(columns["school"](which[at]), NO_SCHOOL),
        "grade": lambda at: columns["grade"](which[at]),
        "absent": lambda at: columns["absent"](which[at]),
        "said": lambda at: _evidence(shown, found, which[at]),
        "other": lambda at: shown.source(found.twin[which[at]]),
        "chance": lambda at: _chances(found.probability[which[at]]),
        "reason": lambda at: columns["reason"](which[at]),
        "status": lambda at: shown.text("status", candidate[at]),
        "noted": lambda at: _bracketed(columns["quality"](which[at])),
    }
    return worded(sort, _TEXTS, lambda field, at: values[field](at))


def said_of_pupils(shown: Shown, first: Longs) -> pa.Array:
    """One sentence for each pupil who is not in class and on no other list; ``first`` is a record of each."""

    def paused(at: Longs) -> pa.Array:
        status = shown.text("status", first[at])
        resting = pc.match_substring(status, "休学")
        said = pc.binary_join_element_wise(text("。学籍状态:"), status, text(""))
        return pc.if_else(resting, said, text(""))

    return worded(np.zeros(len(first), dtype=np.int64), [PUPIL_TEXT], lambda _, at: paused(at))


def _evidence(shown: Shown, found: Enrolment, which: Longs) -> pa.Array:
    """What the comparisons of each child's link say; "" without a link."""
    links = found.link[which]
    at = np.flatnonzero(links >= 0)
    levels = {name: level[links[at]] for name, level in found.result.levels.items()}
    said = sentences(shown, found.result.pairs.take(links[at]), levels)
    return filled(spread(len(which), [(at, said)]))


def _labels(found: Enrolment, which: Longs) -> pa.Array:
    links = found.link[which]
    rule = np.where(links >= 0, found.result.rule[np.maximum(links, 0)], -1)
    return filled(decode(rule.astype(np.int64), [each.label for each in found.result.rules]))


def _chances(probability: NDArray[np.float64]) -> pa.Array:
    known, place = np.unique(probability, return_inverse=True)
    said = ["99%以上" if each >= NEARLY_SURE else f"约{each:.0%}" for each in known.tolist()]
    return decode(place, said)


def _or_else(values: pa.Array, instead: str) -> pa.Array:
    return pc.if_else(pc.equal(values, ""), text(instead), values)


def _bracketed(values: pa.Array) -> pa.Array:
    bracketed = pc.binary_join_element_wise(text("("), values, text(")"), text(""))
    return pc.if_else(pc.equal(values, ""), text(""), bracketed)

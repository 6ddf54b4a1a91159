"""What the blinded test says of this run: shares of the path without numbers, and errors to expect."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchers.quality.blind import (
    ASKED,
    ASKED_OTHER,
    GONE,
    GONE_NUMBERED,
    HIDDEN,
    LINKED,
    NOTHING,
    OTHER,
    Blinded,
)
from matchers.quality.shares import Calibration, calibrate, expected, likely_rate, reliability, share
from matchers.run import LENT, Result
from matchers.steps.s3_block import PERSON_KEYS
from matchers.steps.s8_decide import ACCEPTED, REVIEW

Facts = dict[str, object]


def tested_facts(found: Blinded) -> Facts:
    """``blinded``: the path without numbers; ``in_no_school``: children whose pupil was taken away."""
    hidden, linked = found.count(HIDDEN), found.count(HIDDEN, LINKED)
    wrong = found.count(HIDDEN, OTHER) + found.stolen
    met = int((found.keys[found.part == HIDDEN] > 0).sum())
    left, right, part_of = found.others
    return {
        "blinded": {
            "links": hidden,
            "recall": share(linked, hidden),
            "recall_with_review": share(linked + found.count(HIDDEN, ASKED), hidden),
            "precision": share(linked, linked + wrong),
            "candidate_recall": share(met, hidden),
            "beside": {"children": left, "pupils": right, "share": part_of},
        },
        "in_no_school": {
            "lost_without_number": share(found.count(GONE, OTHER), found.count(GONE)),
            "lost_with_number": share(found.count(GONE_NUMBERED, OTHER), found.count(GONE_NUMBERED)),
            "review_without_number": share(found.count(GONE, ASKED_OTHER), found.count(GONE)),
            "review_with_number": share(found.count(GONE_NUMBERED, ASKED_OTHER), found.count(GONE_NUMBERED)),
        },
    }


def calibration_facts(found: Blinded) -> Facts:
    """``calibration``: the reliability diagram, and the blocks of the rising curve for each kind of pair."""
    curves = {}
    for name, chosen in (("rule_holds", found.ruled), ("no_rule", ~found.ruled)):
        curve = calibrate(found.probability[chosen], found.true[chosen])
        curves[name] = [
            {"from": round(least, 6), "true": int(hits), "n": int(of)}
            for least, hits, of in zip(
                curve.least.tolist(), curve.hits.tolist(), curve.of.tolist(), strict=True
            )
        ]
    return {"bins": reliability(found.probability, found.true), "curves": curves}


def expected_facts(found: Blinded, linked: Result, children: pd.DataFrame) -> Facts:
    """Counts to expect in this run: false links, links missed, children lost; each with an interval.

    false_links: accepted links, those by number and name left aside, that join two persons.
    missed_links: right pairs that were not accepted; ``in_review`` of them are shown to a person.
    lost_children: children in no school who are linked to another's record. From children whose pupil was
        taken away, apart with and without a number: as large a share of those in no school is lost.
    """
    curves = [calibrate(found.probability[each], found.true[each]) for each in (~found.ruled, found.ruled)]
    sure = np.array([*(rule.sure for rule in linked.rules), False])[linked.rule]
    accepted = linked.decision == ACCEPTED
    false, spread = 0.0, 0.0
    for ruled, curve in enumerate(curves):
        chosen = accepted & ~sure & ((linked.rule >= 0) == bool(ruled))
        mean, variance = curve.total(linked.probability[chosen])
        false, spread = false + int(chosen.sum()) - mean, spread + variance
    settled = np.isin(linked.left, linked.left[accepted])
    shown = _partners(linked, curves, ~settled & (linked.decision == REVIEW))
    unseen = _partners(linked, curves, ~settled & (linked.decision != REVIEW))
    never_met = _never_met(found, int((accepted & ~sure).sum()))
    missed = tuple(sum(each) for each in zip(shown, unseen, never_met, strict=True))
    return {
        "false_links": expected(false, spread),
        "missed_links": expected(*missed),
        "missed_links_in_review": expected(*shown),
        "lost_children": expected(*_lost(found, children)),
    }


def _partners(linked: Result, curves: list[Calibration], chosen: NDArray[np.bool_]) -> tuple[float, float]:
    """How many children have their right pupil among these pairs: mean and variance, one at most each."""
    at = np.flatnonzero(chosen)
    mean, variance = np.zeros(len(at)), np.zeros(len(at))
    for ruled, curve in enumerate(curves):
        ours = (linked.rule[at] >= 0) == bool(ruled)
        mean[ours], variance[ours] = curve.rates(linked.probability[at[ours]])
    size = int(linked.left.max(initial=-1)) + 1
    chance = np.minimum(np.bincount(linked.left[at], weights=mean, minlength=size), 1)
    return float(chance.sum()), float((chance * (1 - chance)).sum() + np.sqrt(variance).sum() ** 2)


def _never_met(found: Blinded, accepted: int) -> tuple[float, float]:
    """Right pairs that no candidate key joined, for so many accepted links beside them."""
    hidden = np.array([found.count(HIDDEN)], dtype=float)
    met = (found.keys[found.part == HIDDEN] > 0).sum(keepdims=True).astype(float)
    rate, variance = likely_rate(hidden - met, hidden)
    return float(accepted * rate[0]), float(accepted * accepted * variance[0])


def _lost(found: Blinded, children: pd.DataFrame) -> tuple[float, float]:
    listed = children[(children["origin"] == "population") & (children["enrolment"] == "not_enrolled")]
    numbered = int((listed["id_number"] != "").sum())
    total = spread = 0.0
    for part, missing in ((GONE, len(listed) - numbered), (GONE_NUMBERED, numbered)):
        lost, left = found.count(part, OTHER), found.count(part, NOTHING)
        rate, variance = likely_rate(np.array([float(lost)]), np.array([float(lost + left)]))
        # Those who are still on the list are what the lost ones are missing from.
        ratio = 1 / (1 - float(rate[0]))
        total += missing * float(rate[0]) * ratio
        spread += missing * float(rate[0]) * ratio + missing * missing * float(variance[0]) * ratio**2
    return total, spread


def key_facts(found: Blinded, linked: Result) -> list[Facts]:
    """Each candidate key: accepted links it found, and found alone; and so for the blinded right pairs."""
    sure = np.array([*(rule.sure for rule in linked.rules), False])[linked.rule]
    counted = (linked.pairs.rules[(linked.decision == ACCEPTED) & ~sure], found.keys[found.part == HIDDEN])
    rows: list[Facts] = []
    for number, key in enumerate(PERSON_KEYS):
        bit = np.uint64(1 << number)
        facts: Facts = {"key": key.name}
        for name, bits in zip(("links", "blinded"), counted, strict=True):
            facts[name] = int(((bits & bit) > 0).sum())
            facts[f"{name}_alone"] = int((bits & ~LENT == bit).sum())
        rows.append(facts)
    return rows

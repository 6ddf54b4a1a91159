"""The blinded test: children whose number finds their pupil are looked for again without it.

Whoever is linked by a valid number and a name that fits is as good as known. Hide the number on both
sides, and what the other evidence finds can be counted: on every run, with nobody's labels. Take the pupil
away as well, and the child is one who is in no school: a link made now is a lost child. (Idea of hiding
the number: linkage notes, section 5.8.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matchers.code_sets import first_places, flagged
from matchers.model import Model
from matchers.pairs import mix
from matchers.people import Flags, Longs, People
from matchers.run import Result, run
from matchers.steps.s8_decide import ACCEPTED, REVIEW

SAMPLE = 20_000
"""Sure links put to the test at most; never more than half of them."""

OTHERS = 60_000
"""Persons of each kind on each side who stand beside them at most: not linked by number; linked so."""

HIDDEN, GONE, GONE_NUMBERED = 0, 1, 2
"""What was done to a tested link: numbers hidden on both sides; the child's number hidden and the pupil
taken away; only the pupil taken away."""

NOTHING, ASKED_OTHER, ASKED, OTHER, LINKED = range(5)
"""What became of a tested child: no link; a person is asked, about other pupils only or about the right one
too; linked to somebody else; linked to the right pupil. What is later in the list counts."""


@dataclass(frozen=True, slots=True)
class Blinded:
    """What became of the tested links.

    Attributes:
        child: person code of each tested child. part: HIDDEN, GONE or GONE_NUMBERED.
        outcome: NOTHING to LINKED. keys: bits of the candidate keys that found the right pair.
        probability, ruled, true: of each pair that could be judged: its probability, whether a rule holds,
            and whether it is the right one.
        stolen: pupils of tested children whom another child was linked to.
        others: persons who stood beside the tested, and the share of all such: (left, right, share).
    """

    child: Longs
    part: NDArray[np.uint8]
    outcome: NDArray[np.uint8]
    keys: NDArray[np.uint64]
    probability: NDArray[np.float64]
    ruled: Flags
    true: Flags
    stolen: int
    others: tuple[int, int, float]

    def count(self, part: int, *outcomes: int) -> int:
        """How many of a part came out so (any outcome where none is named)."""
        chosen = self.part == part
        return int((chosen & np.isin(self.outcome, outcomes)).sum() if outcomes else chosen.sum())


def blind_test(
    people: People,
    population: Longs,
    roll: Longs,
    person: Longs,
    linked: Result,
    children: Longs,
    model: Model,
) -> Blinded:
    """Hide numbers of sure links, match again, and say what became of them.

    Args:
        people, population, roll, person, model: what ``linked`` was made from by ``run``.
        linked: the links found. children: person codes of the children that count.

    The sample is chosen by the numbers themselves, so it does not depend on the order of rows.
    """
    links = _sample(people, linked, children)
    child, pupil = linked.left[links], linked.right[links]
    part = np.array([HIDDEN, HIDDEN, GONE, GONE_NUMBERED], dtype=np.uint8)[np.arange(len(links)) % 4]
    hidden = np.concatenate([child[part != GONE_NUMBERED], pupil[part == HIDDEN]])
    left, right, others = _beside(people, population, roll, person, linked, child, pupil)
    right = right[~np.isin(person[right], pupil[part != HIDDEN])]
    again = run(_without_numbers(people, np.isin(person, hidden)), left, right, person, model)
    return _outcome(again, child, pupil, part, others, len(people))


def _sample(people: People, linked: Result, children: Longs) -> Longs:
    """Places of sure links of these children in ``linked``: one link a child, in an order by number."""
    sure = np.array([*(rule.sure for rule in linked.rules), False])[linked.rule] & (
        linked.decision == ACCEPTED
    )
    links = np.flatnonzero(sure & np.isin(linked.left, children))
    only = np.flatnonzero(np.bincount(linked.left[links], minlength=len(people)) == 1)
    links = links[first_places(len(people), linked.left[links])[only]]
    rows = linked.pairs.left[links]
    key = mix(
        people.ids.whole[people.id1[rows]] + np.uint64(1), people.ids.whole[people.id2[rows]] + np.uint64(1)
    )
    order = np.argsort(key, kind="stable")
    chosen: Longs = links[order[: min(SAMPLE, len(links) // 2)]]
    return chosen


def _beside(
    people: People, population: Longs, roll: Longs, person: Longs, linked: Result, child: Longs, pupil: Longs
) -> tuple[Longs, Longs, tuple[int, int, float]]:
    """The rows to match again: of the tested, of those without a sure link, and of some with one.

    The last give the weights and lend their families' evidence; brothers and sisters come first.
    """
    accepted = linked.decision == ACCEPTED
    sure = accepted & np.array([*(rule.sure for rule in linked.rules), False])[linked.rule]
    free = [
        np.flatnonzero(flagged(len(people), person[rows]) & ~flagged(len(people), codes[sure]))
        for rows, codes in ((population, linked.left), (roll, linked.right))
    ]
    chosen = [_some(codes) for codes in free]
    share = min(
        (len(few) / len(all_) for few, all_ in zip(chosen, free, strict=True) if len(all_)), default=1.0
    )
    rest = np.flatnonzero(sure & ~np.isin(linked.left, child) & ~np.isin(linked.right, pupil))
    wanted = flagged(len(people), child, chosen[0])
    homes = np.unique(people.household[population[wanted[person[population]]]])
    near = np.isin(people.household[linked.pairs.left[rest]], homes[homes > 0])
    order = np.lexsort((mix(linked.left[rest] + 1), ~near))
    rest = rest[order[:OTHERS]]
    left = np.concatenate([child, chosen[0], linked.left[rest]])
    right = np.concatenate([pupil, chosen[1], linked.right[rest]])
    rows = population[np.isin(person[population], left)], roll[np.isin(person[roll], right)]
    return *rows, (len(chosen[0]), len(chosen[1]), round(share, 4))


def _some(codes: Longs) -> Longs:
    """At most OTHERS of these persons, chosen without regard to what they are."""
    return (
        codes if len(codes) <= OTHERS else np.sort(codes[np.argsort(mix(codes + 1), kind="stable")[:OTHERS]])
    )


def _without_numbers(people: People, rows: Flags) -> People:
    """The same people, where these rows carry no number of the child, nor the birthday in it."""
    none = np.int32(0)
    return replace(
        people,
        id1=np.where(rows, none, people.id1),
        id2=np.where(rows, none, people.id2),
        adult_id=np.where(rows, none, people.adult_id),
        id_birth=np.where(rows, none, people.id_birth),
    )


def _outcome(
    again: Result,
    child: Longs,
    pupil: Longs,
    part: NDArray[np.uint8],
    others: tuple[int, int, float],
    size: int,
) -> Blinded:
    of_child, of_pupil = np.full(size, -1), np.full(size, -1)
    of_child[child] = np.arange(len(child))
    kept = np.flatnonzero(part == HIDDEN)
    of_pupil[pupil[kept]] = kept
    at, right_at = of_child[again.left], of_pupil[again.right]
    true = (at >= 0) & (at == right_at)
    outcome = np.zeros(len(child), dtype=np.uint8)
    for told, chosen in (
        (ASKED_OTHER, (again.decision == REVIEW) & ~true),
        (ASKED, (again.decision == REVIEW) & true),
        (OTHER, (again.decision == ACCEPTED) & ~true),
        (LINKED, (again.decision == ACCEPTED) & true),
    ):
        places = at[chosen & (at >= 0)]
        outcome[places] = np.maximum(outcome[places], told)
    keys = np.zeros(len(child), dtype=np.uint64)
    keys[at[true]] = again.pairs.rules[true]
    numbered = np.zeros(len(again), dtype=bool)
    numbered[at >= 0] = part[at[at >= 0]] == GONE_NUMBERED
    judged = ((at >= 0) & ~numbered) | ((at < 0) & (right_at >= 0))
    stolen = again.right[(again.decision == ACCEPTED) & (right_at >= 0) & ~true]
    return Blinded(
        child=child,
        part=part,
        outcome=outcome,
        keys=keys,
        probability=again.probability[judged],
        ruled=again.rule[judged] >= 0,
        true=true[judged],
        stolen=int(flagged(size, stolen).sum()),
        others=others,
    )

"""The first comparison: on a roll, on none, or for a person to decide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchers.model import Model
from matchers.people import POPULATION, ROLL, Longs, People
from matchers.resolve import Persons
from matchers.run import Result
from matchers.second_look import second_look
from matchers.steps.s8_decide import ACCEPTED, REVIEW

ENROLLED, IN_REVIEW, NOT_ENROLLED = "enrolled", "review", "not_enrolled"
NAMESAKE_YEARS = 2
"""Years between the birthdays of two registrations of one child."""

FEW = 6
"""Bearers of one name whom a person can still look through."""

RARE = 2
"""Bearers of a name that is rare in the county: the child and the other registration."""

RARE_LENGTH = 3
"""Characters from which a full name can be rare enough to point at one child."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The answer of the first comparison for each child (arrays of one length).

    Attributes:
        person: person code of the child. pupil: person code of the pupil, -1 for none.
        state: ENROLLED, IN_REVIEW or NOT_ENROLLED. link: place of the link in the result, -1 for none.
        probability: that the child is the pupil shown. candidates: roll rows for a person to look at.
        twin: the other child of which this may be a second record, -1 for none.
    """

    person: Longs
    pupil: Longs
    state: NDArray[np.object_]
    link: Longs
    probability: NDArray[np.float64]
    candidates: list[list[int]]
    twin: Longs
    result: Result


def enrolments(people: People, persons: Persons, linked: Result, children: Longs, model: Model) -> Enrolment:
    """What the links say of each child: an accepted link enrols, a doubtful one goes to review.

    A child who may be a second record of another child is as doubtful as that: it goes to review when
    the other is on a roll. A pupil who has left the roll enrols nobody.
    """
    size = len(children)
    pupil, link, probability = (np.full(size, -1), np.full(size, -1), np.zeros(size))
    state = np.full(size, NOT_ENROLLED, dtype=object)
    candidates: list[list[int]] = [[] for _ in range(size)]
    gone = left_school(people, persons)
    place = np.minimum(np.searchsorted(children, linked.left), max(size - 1, 0))
    ours = (children[place] == linked.left) if size else np.zeros(len(linked), dtype=bool)
    for each in _strongest_last(linked, ours & (linked.decision == REVIEW)).tolist():
        at = int(place[each])
        candidates[at].insert(0, int(linked.pairs.right[each]))
        state[at], probability[at], link[at] = IN_REVIEW, linked.probability[each], each
    for each in np.flatnonzero(ours & (linked.decision == ACCEPTED)).tolist():
        at, right = int(place[each]), int(linked.right[each])
        probability[at], link[at], candidates[at] = linked.probability[each], each, []
        if gone[right]:
            state[at], candidates[at] = NOT_ENROLLED, [int(linked.pairs.right[each])]
        elif pupil[at] < 0:
            state[at], pupil[at] = ENROLLED, right
    twin = _second_records(people, persons, linked, children, state, candidates)
    free = (state == NOT_ENROLLED) & (link < 0)
    for child, row, owner, chance in second_look(people, persons, linked, children[free], model):
        at = int(np.searchsorted(children, child))
        state[at], twin[at], probability[at] = IN_REVIEW, owner, max(chance, float(probability[at]))
        candidates[at].append(row)
    return Enrolment(children, pupil, state, link, probability, candidates, twin, linked)


def _strongest_last(linked: Result, chosen: NDArray[np.bool_]) -> Longs:
    at = np.flatnonzero(chosen)
    return at[np.argsort(linked.probability[at], kind="stable")]


def left_school(people: People, persons: Persons) -> NDArray[np.bool_]:
    """For each person code whether every roll record of it says that the pupil has left."""
    roll = np.flatnonzero(people.side == ROLL)
    stays = np.zeros(len(people), dtype=bool)
    stays[persons.code[roll[~people.gone[roll]]]] = True
    result: NDArray[np.bool_] = ~stays
    return result


def _second_records(
    people: People,
    persons: Persons,
    linked: Result,
    children: Longs,
    state: NDArray[np.object_],
    candidates: list[list[int]],
) -> Longs:
    """Send children who may be a second record of another to review; returns that other child, -1 for none.

    The other is enrolled, or in review: then what it may be linked to is shown here as well.
    """
    twin = np.full(len(children), -1)
    shown = _roll_rows(linked)
    pairs = [_doubtful(persons, result) for result in persons.links]
    pairs.append(_namesakes(people, persons, children[state == NOT_ENROLLED], set(shown)))
    for one, other in sorted({pair for each in pairs for pair in each}):
        at = int(np.searchsorted(children, one))
        ours = at < len(children) and children[at] == one
        if ours and one != other and state[at] != ENROLLED and other in shown:
            twin[at], state[at] = other, IN_REVIEW
            candidates[at] += [row for row in shown[other] if row not in candidates[at]]
    return twin


def _roll_rows(linked: Result) -> dict[int, list[int]]:
    """For each child with links: the roll rows of the accepted one, else of the doubtful ones."""
    rows: dict[int, list[int]] = {}
    for wanted in (ACCEPTED, REVIEW):
        found: dict[int, list[int]] = {}
        for each in np.flatnonzero(linked.decision == wanted).tolist():
            found.setdefault(int(linked.left[each]), []).append(int(linked.pairs.right[each]))
        rows = found | rows
    return rows


def _doubtful(persons: Persons, result: Result) -> set[tuple[int, int]]:
    """Pairs of children that may be one, both ways round."""
    review = np.flatnonzero(result.decision == REVIEW)
    left, right = persons.code[result.pairs.left[review]], persons.code[result.pairs.right[review]]
    return set(zip(left.tolist(), right.tolist(), strict=True)) | set(
        zip(right.tolist(), left.tolist(), strict=True)
    )


def _namesakes(people: People, persons: Persons, children: Longs, linked: set[int]) -> set[tuple[int, int]]:
    """Children on no roll who may be a linked child of the same name, as pairs (child, other).

    A child registered a second time, under another relative and with another birthday, shares nothing but
    the name (duplicate registrations, domain notes 5.2, class 21): where only two in the county bear the
    name, at the same sex and nearly the same age, that is likelier than a stranger. A record that has only
    a name fits everybody who bears it; where those are few, a person should look.
    """
    rows = np.flatnonzero(people.side == POPULATION)
    first = rows[np.unique(persons.code[rows], return_index=True)[1]]
    name = people.names.simple[people.name[first]]
    born = np.where(people.birth > 0, people.birth, people.id_birth)[first]
    bare = (born == 0) & (people.id1[first] == 0)
    namesakes = pd.Series(np.arange(len(first))).groupby(name).indices
    found = set()
    wanted = np.isin(persons.code[first], children) & (people.names.length[people.name[first]] >= 2)
    for at in np.flatnonzero(wanted).tolist():
        bearers = np.asarray(namesakes[name[at]]).tolist()
        rare = len(bearers) <= RARE and people.names.length[people.name[first[at]]] >= RARE_LENGTH
        if not (rare or (bare[at] and len(bearers) <= FEW)):
            continue
        for other in bearers:
            same_sex = people.sex[first[at]] == people.sex[first[other]]
            near = (
                abs(int(born[at]) - int(born[other])) <= NAMESAKE_YEARS * 10000 and same_sex and born[at] > 0
            )
            if int(persons.code[first[other]]) in linked and (near or bare[at]):
                found.add((int(persons.code[first[at]]), int(persons.code[first[other]])))
    return found

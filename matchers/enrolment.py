"""The first comparison: on a roll, on none, or for a person to decide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
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
        probability: that the child is the pupil shown.
        candidate_child, candidate_row: roll rows for a person to look at, as pairs (place of the child in
            these arrays, row of people), in the order of the children and from the likeliest.
        twin: the other child of which this may be a second record, -1 for none.
    """

    person: Longs
    pupil: Longs
    state: NDArray[np.object_]
    link: Longs
    probability: NDArray[np.float64]
    candidate_child: Longs
    candidate_row: Longs
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
    place, ours = _places(children, linked.left)
    doubtful = _strongest_first(linked, np.flatnonzero(ours & (linked.decision == REVIEW)), place)
    accepted = np.flatnonzero(ours & (linked.decision == ACCEPTED))
    gone = left_school(people, persons)[linked.right[accepted]]
    for links, says in ((doubtful, IN_REVIEW), (accepted[gone], NOT_ENROLLED), (accepted[~gone], ENROLLED)):
        at, first = np.unique(place[links], return_index=True)
        state[at], link[at], probability[at] = says, links[first], linked.probability[links[first]]
        if says == ENROLLED:
            pupil[at] = linked.right[links[first]]
    shown = np.concatenate([doubtful[state[place[doubtful]] == IN_REVIEW], accepted[gone]])
    shown = shown[state[place[shown]] != ENROLLED]
    found = [(place[shown], linked.pairs.right[shown])]
    twin = np.full(size, -1)
    found.append(_second_records(people, persons, linked, children, state, twin))
    free = (state == NOT_ENROLLED) & (link < 0)
    second = second_look(people, persons, linked, children[free], model)
    at = np.searchsorted(children, second.child)
    state[at], twin[at] = IN_REVIEW, second.owner
    np.maximum.at(probability, at, second.probability)
    found.append((at, second.row))
    child, row = _each_once([each[0] for each in found], [each[1] for each in found], len(people))
    return Enrolment(children, pupil, state, link, probability, child, row, twin, linked)


def _places(children: Longs, codes: Longs) -> tuple[Longs, NDArray[np.bool_]]:
    """For each code its place among the children, and whether it is there at all."""
    place = np.minimum(np.searchsorted(children, codes), max(len(children) - 1, 0))
    return place, children[place] == codes if len(children) else np.zeros(len(codes), dtype=bool)


def _strongest_first(linked: Result, links: Longs, place: Longs) -> Longs:
    order: Longs = links[np.lexsort((links, -linked.probability[links], place[links]))]
    return order


def _each_once(child: list[Longs], row: list[Longs], size: int) -> tuple[Longs, Longs]:
    """Candidates by child, each once, in the order in which they were found."""
    children, rows = np.concatenate(child), np.concatenate(row)
    _, first = np.unique(children * size + rows, return_index=True)
    first = np.sort(first)
    order = first[np.argsort(children[first], kind="stable")]
    return children[order], rows[order]


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
    twin: Longs,
) -> tuple[Longs, Longs]:
    """Send children who may be a second record of another to review: ``state`` and ``twin`` are told.

    The other is enrolled, or in review: then what it may be linked to is shown here as well. Returns the
    candidates so added (place of the child, roll row).
    """
    owner, row = _roll_rows(linked)
    pairs = [_doubtful(persons, result) for result in persons.links]
    pairs.append(_namesakes(people, persons, children[state == NOT_ENROLLED], owner))
    one, other = np.concatenate(pairs).T
    one, other = np.divmod(np.unique(one * len(people) + other), len(people))
    at, ours = _places(children, one)
    kept = ours & (one != other) & np.isin(other, owner)
    kept &= ~persons.decided.refused_persons(one, other, persons.code)
    kept[kept] = state[at[kept]] != ENROLLED
    at, other = at[kept], other[kept]
    first, last = np.searchsorted(owner, other, "left"), np.searchsorted(owner, other, "right")
    many = last - first
    offset = np.repeat(first - (np.cumsum(many) - many), many)
    child, shown = np.repeat(at, many), row[offset + np.arange(int(many.sum()))]
    # A person has said of some that they are not this child: those are not shown again.
    kept = ~persons.decided.refused_persons(children[child], persons.code[shown], persons.code)
    child = child[kept]
    np.maximum.at(twin, child, np.repeat(other, many)[kept])
    state[child] = IN_REVIEW
    return child, shown[kept]


def _roll_rows(linked: Result) -> tuple[Longs, Longs]:
    """Children with links, sorted, and the roll row of each accepted one; of a doubtful one else."""
    accepted = np.flatnonzero(linked.decision == ACCEPTED)
    doubtful = np.flatnonzero(linked.decision == REVIEW)
    doubtful = doubtful[~np.isin(linked.left[doubtful], linked.left[accepted])]
    links = np.concatenate([accepted, doubtful])
    links = links[np.argsort(linked.left[links], kind="stable")]
    return linked.left[links], linked.pairs.right[links]


def _doubtful(persons: Persons, result: Result) -> NDArray[np.int64]:
    """Pairs of children that may be one, both ways round."""
    review = np.flatnonzero(result.decision == REVIEW)
    left, right = persons.code[result.pairs.left[review]], persons.code[result.pairs.right[review]]
    return np.stack([np.concatenate([left, right]), np.concatenate([right, left])], axis=1)


def _namesakes(people: People, persons: Persons, children: Longs, linked: Longs) -> NDArray[np.int64]:
    """Children on no roll who may be a linked child of the same name, as pairs (child, other).

    A child registered a second time, under another relative and with another birthday, shares nothing but
    the name (duplicate registrations, domain notes 5.2, class 21): where only two in the county bear the
    name, at the same sex and nearly the same age, that is likelier than a stranger. A record that has only
    a name fits everybody who bears it; where those are few, a person should look.
    """
    rows = np.flatnonzero(people.side == POPULATION)
    codes, first = np.unique(persons.code[rows], return_index=True)
    first = rows[first]
    born = np.where(people.birth > 0, people.birth, people.id_birth)[first]
    bare = (born == 0) & (people.id1[first] == 0)
    length = people.names.length[people.name[first]]
    order = np.argsort(people.names.simple[people.name[first]], kind="stable")
    name = people.names.simple[people.name[first[order]]]
    _, start, many = np.unique(name, return_index=True, return_counts=True)
    bearers = np.zeros(len(first), dtype=np.int64)
    begin = np.zeros(len(first), dtype=np.int64)
    bearers[order], begin[order] = np.repeat(many, many), np.repeat(start, many)
    rare = (bearers <= RARE) & (length >= RARE_LENGTH)
    wanted = np.isin(codes, children) & (length >= 2) & (rare | (bare & (bearers <= FEW)))
    at = np.flatnonzero(wanted)
    one = np.repeat(at, bearers[at])
    run = np.cumsum(bearers[at]) - bearers[at]
    other = order[np.repeat(begin[at] - run, bearers[at]) + np.arange(len(one))]
    near = (np.abs(born[one] - born[other]) <= NAMESAKE_YEARS * 10000) & (born[one] > 0)
    near &= people.sex[first[one]] == people.sex[first[other]]
    kept = np.isin(codes[other], linked) & (near | bare[one])
    return np.stack([codes[one[kept]], codes[other[kept]]], axis=1)

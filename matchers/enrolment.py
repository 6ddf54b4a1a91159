"""The first comparison: on a roll, on none, or for a person to decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchers.code_sets import first_places, flagged
from matchers.model import Model
from matchers.pairs import join, mix
from matchers.people import POPULATION, ROLL, Flags, Longs, People
from matchers.resolve import Persons
from matchers.run import Result
from matchers.second_look import Second, second_look
from matchers.steps.s8_decide import ACCEPTED, NOTHING, REVIEW

Look = Callable[[People, Persons, Result, Longs, Model], Second]
"""How children on no roll are held against the pupils who are taken (``second_look``)."""

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


def enrolments(
    people: People,
    persons: Persons,
    linked: Result,
    children: Longs,
    model: Model,
    *,
    look: Look = second_look,
    bearers: Longs | None = None,
) -> Enrolment:
    """What the links say of each child: an accepted link enrols, a doubtful one goes to review.

    A child who may be a second record of another child is as doubtful as that: it goes to review when
    the other is on a roll. A pupil who has left the roll enrols nobody.

    Args:
        look: how children on no roll are held against the pupils who are taken.
        bearers: for each record how many residents bear its name; counted where it is not given.
    """
    bearers = _bearers(people, persons) if bearers is None else bearers
    size = len(children)
    pupil, link, probability = (np.full(size, -1), np.full(size, -1), np.zeros(size))
    state = np.full(size, NOT_ENROLLED, dtype=object)
    place_of = first_places(len(people), children)
    place = place_of[linked.left]
    ours = place >= 0
    doubtful = _strongest_first(linked, np.flatnonzero(ours & (linked.decision == REVIEW)), place)
    accepted = np.flatnonzero(ours & (linked.decision == ACCEPTED))
    gone = left_school(people, persons)[linked.right[accepted]]
    for links, says in ((doubtful, IN_REVIEW), (accepted[gone], NOT_ENROLLED), (accepted[~gone], ENROLLED)):
        # The first link of a child counts: written last, it stays.
        back = links[::-1]
        at = place[back]
        state[at], link[at], probability[at] = says, back, linked.probability[back]
        if says == ENROLLED:
            pupil[at] = linked.right[back]
    shown = np.concatenate([doubtful[state[place[doubtful]] == IN_REVIEW], accepted[gone]])
    shown = shown[state[place[shown]] != ENROLLED]
    found = [(place[shown], linked.pairs.right[shown])]
    twin = np.full(size, -1)
    found.append(_second_records(people, persons, linked, place_of, state, twin, bearers))
    free = (state == NOT_ENROLLED) & (link < 0)
    second = look(people, persons, linked, children[free], model)
    at = place_of[second.child]
    state[at], twin[at] = IN_REVIEW, second.owner
    np.maximum.at(probability, at, second.probability)
    found.append((at, second.row))
    child, row = _each_once([each[0] for each in found], [each[1] for each in found], len(people))
    return Enrolment(children, pupil, state, link, probability, child, row, twin, linked)


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


def left_school(people: People, persons: Persons) -> Flags:
    """For each person code whether every roll record of it says that the pupil has left."""
    stays = (people.side == ROLL) & ~people.gone
    return ~flagged(len(people), persons.code[stays])


def _second_records(
    people: People,
    persons: Persons,
    linked: Result,
    place_of: Longs,
    state: NDArray[np.object_],
    twin: Longs,
    bearers: Longs,
) -> tuple[Longs, Longs]:
    """Send children who may be a second record of another to review: ``state`` and ``twin`` are told.

    ``place_of`` says of each person the place among the children, -1 of others.
    The other is enrolled, or in review: then what it may be linked to is shown here as well. Returns the
    candidates so added (place of the child, roll row).
    """
    owners = flagged(len(people), linked.left[linked.decision != NOTHING])
    children = np.flatnonzero(place_of >= 0)
    pairs = [_doubtful(persons, result) for result in persons.links]
    pairs.append(_namesakes(people, persons, children[state == NOT_ENROLLED], owners, bearers))
    one, other = np.concatenate(pairs).T
    one, other = np.divmod(np.unique(one * len(people) + other), len(people))
    at = place_of[one]
    kept = (at >= 0) & (one != other) & owners[other]
    kept &= ~persons.decided.refused_persons(one, other, persons.code)
    kept[kept] = state[at[kept]] != ENROLLED
    at, other = at[kept], other[kept]
    owner, row = _roll_rows(linked, flagged(len(people), other))
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


def _roll_rows(linked: Result, asked: Flags) -> tuple[Longs, Longs]:
    """Those asked for, sorted, and the roll row of each accepted link of theirs; else of doubtful ones."""
    accepted = np.flatnonzero((linked.decision == ACCEPTED) & asked[linked.left])
    doubtful = np.flatnonzero((linked.decision == REVIEW) & asked[linked.left])
    doubtful = doubtful[~np.isin(linked.left[doubtful], linked.left[accepted])]
    links = np.concatenate([accepted, doubtful])
    links = links[np.argsort(linked.left[links], kind="stable")]
    return linked.left[links], linked.pairs.right[links]


def _doubtful(persons: Persons, result: Result) -> NDArray[np.int64]:
    """Pairs of children that may be one, both ways round."""
    review = np.flatnonzero(result.decision == REVIEW)
    left, right = persons.code[result.pairs.left[review]], persons.code[result.pairs.right[review]]
    return np.stack([np.concatenate([left, right]), np.concatenate([right, left])], axis=1)


def _bearers(people: People, persons: Persons) -> Longs:
    """For each record how many residents bear the name of it."""
    name = people.names.simple[people.name]
    residents = _residents(people, persons)
    result: Longs = np.bincount(name[residents], minlength=int(name.max(initial=0)) + 1)[name]
    return result


def _residents(people: People, persons: Persons) -> Longs:
    """The persons on population lists. The code of a person is the first of its rows."""
    return np.flatnonzero(flagged(len(people), persons.code[people.side == POPULATION]))


def _namesakes(
    people: People, persons: Persons, children: Longs, linked: Flags, borne: Longs
) -> NDArray[np.int64]:
    """Children on no roll who may be a linked child of the same name, as pairs (child, other).

    A child registered a second time, under another relative and with another birthday, shares nothing but
    the name (duplicate registrations, domain notes 5.2, class 21): where only two in the county bear the
    name, at the same sex and nearly the same age, that is likelier than a stranger. A record that has only
    a name fits everybody who bears it; where those are few, a person should look.
    """
    residents = _residents(people, persons)
    name, bearers = people.names.simple[people.name], borne[children]
    length = people.names.length[people.name[children]]
    born = np.where(people.birth > 0, people.birth, people.id_birth)
    bare = (born == 0) & (people.id1 == 0)
    rare = (bearers <= RARE) & (length >= RARE_LENGTH)
    asking = children[(length >= 2) & (rare | (bare[children] & (bearers <= FEW)))]
    asked = residents[linked[residents]]
    one, other, *_ = join(asking, mix(name[asking]), asked, mix(name[asked]), FEW * FEW)
    near = (np.abs(born[one] - born[other]) <= NAMESAKE_YEARS * 10000) & (born[one] > 0)
    near &= people.sex[one] == people.sex[other]
    kept = near | bare[one]
    return np.stack([one[kept], other[kept]], axis=1)

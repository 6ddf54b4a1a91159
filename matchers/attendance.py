"""The second comparison: on a roll, and in class or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchers.code_sets import flagged
from matchers.decided import Decided
from matchers.distinct import Hashes
from matchers.model import Model
from matchers.pairs import Keys, Pairs
from matchers.people import Flags, Listed, Longs, People
from matchers.run import Result, run
from matchers.steps.s1_prepare import school_name
from matchers.steps.s2_deterministic import sure_pairs
from matchers.steps.s3_block import SCHOOL_KEYS
from matchers.steps.s4_compare import PUPIL
from matchers.steps.s6_assign import strongest
from matchers.steps.s8_decide import ACCEPTED

ATTENDING, ABSENT, UNKNOWN = "attending", "absent", "unknown"
STATES = np.array([ATTENDING, ABSENT, UNKNOWN], dtype=object)
LIKELY = 0.25
"""Least odds of a doubtful roster row that still stands for a pupil, where nobody else claims either."""

IN_CLASS = 0.9
"""Share of the pupils not found by number who are in class all the same: few pupils are absent."""

KNOWN_BY = 3
"""Pupils found by number that two writings of a school's name must share to be taken for one school."""


@dataclass(frozen=True, slots=True)
class Attendance:
    """For each pupil (person code, sorted): the state, and the roster row that shows it (-1 for none)."""

    pupil: Longs
    state: NDArray[np.object_]
    roster: Longs
    result: Result


def attendance(
    listed: Listed, roll: Longs, rosters: Longs, person: Longs, model: Model, decided: Decided
) -> Attendance:
    """Say of every pupil on the roll whether a roster shows the pupil in class.

    A roster covers a school that it names. A pupil of a covered school whom no roster row fits is absent;
    of any other school, unknown. A roster row that says "no" (在校:否) makes absent. Where two rosters
    disagree, one that shows the pupil in class is believed.
    """
    people, found = _same_schools(listed, roll, rosters, person, model)
    sent = np.unique(people.school[rosters])
    covered = np.isin(people.school[roll], sent[sent > 0])
    # Of a school that sent no roster only those can be in class elsewhere whose number says so.
    asked = covered | (people.school[roll] == 0) | np.isin(person[roll], found)
    result = run(
        people,
        roll[asked],
        rosters,
        person,
        model,
        use="pupil",
        keys=SCHOOL_KEYS,
        comparing=PUPIL,
        families=False,
        free=IN_CLASS,
        decided=decided,
    )
    chosen = np.concatenate([np.flatnonzero(result.decision == ACCEPTED), _unclaimed(result)])
    return shown_in_class(people, roll, covered, person, result, chosen)


def shown_in_class(
    people: People, roll: Longs, covered: Flags, person: Longs, result: Result, chosen: Longs
) -> Attendance:
    """What the chosen links between pupils and rosters say of each pupil.

    ``covered`` says of each roll row whether a roster covers its school.
    """
    pupil, shown_by = result.left[chosen], result.pairs.right[chosen]
    no = people.not_there[shown_by]
    size = len(people)
    row = np.full(size, -1)
    row[pupil] = shown_by
    pupils = np.flatnonzero(flagged(size, person[roll]))
    present = flagged(size, pupil[~no])[pupils]
    absent = flagged(size, pupil[no], person[roll[covered]])[pupils]
    state = STATES[np.where(present, 0, np.where(absent, 1, 2))]
    return Attendance(pupils, state, row[pupils], result)


def _unclaimed(result: Result) -> Longs:
    """Doubtful links, strongest first, whose pupil and roster row are both still free.

    Rivals do not count here: of two pupils and two rows that fit crosswise, both are in class.
    """
    accepted = result.decision == ACCEPTED
    others = int(np.count_nonzero(np.bincount(result.left[~accepted])))
    free = ~np.isin(result.left, result.left[accepted]) & ~np.isin(result.right, result.right[accepted])
    doubtful = np.flatnonzero(~accepted & may_claim(result.weight, others) & free)
    order = doubtful[np.argsort(-result.weight[doubtful], kind="stable")]
    return order[strongest(result.left[order], result.right[order])]


def may_claim(weight: NDArray[np.float64], others: int) -> Flags:
    """Whether a link of this weight may stand though it is doubtful; ``others`` are the pupils in doubt."""
    odds = np.exp2(np.minimum(weight, 900)) * IN_CLASS / (1 - IN_CLASS) / max(others, 1)
    result: Flags = odds >= LIKELY
    return result


def _same_schools(
    listed: Listed, roll: Longs, rosters: Longs, person: Longs, model: Model
) -> tuple[People, Longs]:
    """Give the rosters the roll's writing of each school: the people so changed, and the pupils found."""
    people = listed.people
    pairs = sure_pairs(people, roll, rosters, model.rules["pupil"])
    here, there = (_schools(listed, rows) for rows in (roll if len(rosters) else rosters, rosters))
    couples = np.unique(couples_of(people, pairs), return_counts=True)
    written, usual = same_writing(couples, here, there)
    school = people.school.copy()
    if len(written):
        place = np.minimum(np.searchsorted(written, school[rosters]), len(written) - 1)
        told = written[place] == school[rosters]
        school[rosters] = np.where(told, usual[place], school[rosters])
    return replace(people, school=school), person[pairs.left]


def same_writing(
    couples: tuple[Keys, Longs], here: Mapping[int, str], there: Mapping[int, str]
) -> tuple[Hashes, Hashes]:
    """Roster's codes of schools, sorted, and the roll's for the same schools.

    Args:
        couples: what ``couples_of`` gives, each once, ascending, and how often.
        here, there: the names of the schools by code, on the roll and on rosters.
    """
    written, usual = _alias(_by_pupils(*couples), _by_ending(here, there))
    known = ~np.isin(written, np.array(list(here), dtype=np.uint32))
    return written[known], usual[known]


def _alias(*found: tuple[Hashes, Hashes]) -> tuple[Hashes, Hashes]:
    """Roster's codes, sorted, and the roll's; the first that speaks of a code is believed."""
    written = np.concatenate([each[0] for each in found])
    usual = np.concatenate([each[1] for each in found])
    codes, first = np.unique(written, return_index=True)
    return codes, usual[first]


def couples_of(people: People, pairs: Pairs) -> Keys:
    """The schools that the two records of each pair name, the roster's in the higher half."""
    there, here = people.school[pairs.right], people.school[pairs.left]
    named = (there > 0) & (here > 0)
    both: Keys = (there[named].astype(np.uint64) << np.uint64(32)) | here[named]
    return both


def _by_pupils(couples: Keys, count: Longs) -> tuple[Hashes, Hashes]:
    """The roster's code of a school -> the roll's, where most pupils found by number say so."""
    school = couples >> np.uint64(32)
    order = np.lexsort((couples, -count, school))
    codes, first, place = np.unique(school[order], return_index=True, return_inverse=True)
    total = np.bincount(place, weights=count[order], minlength=len(codes))
    best = order[first]
    clear = (count[best] >= KNOWN_BY) & (count[best] * 2 > total)
    chosen = couples[best[clear]]
    return (chosen >> np.uint64(32)).astype(np.uint32), (chosen & np.uint64(0xFFFFFFFF)).astype(np.uint32)


def _by_ending(here: Mapping[int, str], there: Mapping[int, str]) -> tuple[Hashes, Hashes]:
    """The roster's code of a school -> the roll's, where one name ends with the other and no third does.

    Rosters leave out the county, rolls write it: 青山镇中心小学, 某县青山镇中心小学.
    """
    found = {}
    for code, name in there.items():
        fitting = [each for each, other in here.items() if other.endswith(name) or name.endswith(other)]
        if len(fitting) == 1:
            found[code] = fitting[0]
    return np.array(list(found), dtype=np.uint32), np.array(list(found.values()), dtype=np.uint32)


def _schools(listed: Listed, rows: Longs) -> dict[int, str]:
    """The schools that these rows name, by code."""
    codes = pd.Series(listed.people.school[rows]).drop_duplicates()
    names = [school_name(text) for text in listed.texts("school", rows[codes.index])]
    return {int(code): name for code, name in zip(codes, names, strict=True) if code}

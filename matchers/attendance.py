"""The second comparison: on a roll, and in class or not."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchers.model import Model
from matchers.pairs import Pairs
from matchers.people import Flags, Ints, Longs, People
from matchers.run import Result, run
from matchers.steps.s1_prepare import school_name
from matchers.steps.s2_deterministic import sure_pairs
from matchers.steps.s3_block import SCHOOL_KEYS
from matchers.steps.s4_compare import PUPIL
from matchers.steps.s8_decide import ACCEPTED

ATTENDING, ABSENT, UNKNOWN = "attending", "absent", "unknown"
LIKELY = 0.25
"""Least odds of a doubtful roster row that still stands for a pupil, where nobody else claims either."""

IN_CLASS = 0.9
"""Share of the pupils not found by number who are in class all the same: few pupils are absent."""

KNOWN_BY = 3
"""Pupils found by number that two writings of a school's name must share to be taken for one school."""

_NOT_THERE = r"(?:否|不|未|没).*|[无0NnxX×]"


@dataclass(frozen=True, slots=True)
class Attendance:
    """For each pupil (person code, sorted): the state, and the roster row that shows it (-1 for none)."""

    pupil: Longs
    state: NDArray[np.object_]
    roster: Longs
    result: Result


def attendance(people: People, roll: Longs, rosters: Longs, person: Longs, model: Model) -> Attendance:
    """Say of every pupil on the roll whether a roster shows the pupil in class.

    A roster covers a school that it names. A pupil of a covered school whom no roster row fits is absent;
    of any other school, unknown. A roster row that says "no" (在校:否) makes absent. Where two rosters
    disagree, one that shows the pupil in class is believed.
    """
    people, covered, found = _same_schools(people, roll, rosters, person, model)
    # Of a school that sent no roster only those can be in class elsewhere whose number says so.
    asked = covered[people.school[roll]] | (people.school[roll] == 0) | np.isin(person[roll], found)
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
    )
    pupils = np.unique(person[roll])
    present, absent, row = (
        np.zeros(len(pupils), bool),
        np.zeros(len(pupils), bool),
        np.full(len(pupils), -1),
    )
    chosen = np.concatenate([np.flatnonzero(result.decision == ACCEPTED), _unclaimed(result)])
    says_no = people.records["attends"].str.strip().str.fullmatch(_NOT_THERE).to_numpy(dtype=bool)
    at = np.searchsorted(pupils, result.left[chosen])
    no = says_no[result.pairs.right[chosen]]
    absent[at[no]] = True
    present[at[~no]] = True
    row[at] = result.pairs.right[chosen]
    in_covered = np.zeros(len(pupils), dtype=bool)
    in_covered[np.searchsorted(pupils, person[roll[covered[people.school[roll]]]])] = True
    state = np.where(present, ATTENDING, np.where(absent | in_covered, ABSENT, UNKNOWN)).astype(object)
    return Attendance(pupils, state, row, result)


def _unclaimed(result: Result) -> Longs:
    """Doubtful links, strongest first, whose pupil and roster row are both still free.

    Rivals do not count here: of two pupils and two rows that fit crosswise, both are in class.
    """
    accepted = result.decision == ACCEPTED
    taken_left, taken_right = set(result.left[accepted].tolist()), set(result.right[accepted].tolist())
    others = max(len(np.unique(result.left[~accepted])), 1)
    odds = np.exp2(np.minimum(result.weight, 900)) * IN_CLASS / (1 - IN_CLASS) / others
    doubtful = np.flatnonzero(~accepted & (odds >= LIKELY))
    chosen = []
    for link in doubtful[np.argsort(-result.weight[doubtful], kind="stable")].tolist():
        left, right = int(result.left[link]), int(result.right[link])
        if left not in taken_left and right not in taken_right:
            taken_left.add(left)
            taken_right.add(right)
            chosen.append(link)
    return np.array(chosen, dtype=np.int64)


def _same_schools(
    people: People, roll: Longs, rosters: Longs, person: Longs, model: Model
) -> tuple[People, Flags, Longs]:
    """Give the rosters the roll's writing of each school.

    Returns the people so changed, for each school code whether a roster covers it, and the pupils found.
    """
    pairs = sure_pairs(people, roll, rosters, model.rules["pupil"])
    size = int(people.school.max(initial=0)) + 1
    on_roll = np.zeros(size, dtype=bool)
    on_roll[people.school[roll]] = True
    alias = np.arange(size, dtype=np.int32)
    for written, usual in (_by_ending(people, roll, rosters) | _by_pupils(people, pairs)).items():
        if not on_roll[written]:
            alias[written] = usual
    school: Ints = people.school.copy()
    school[rosters] = alias[people.school[rosters]]
    covered = np.zeros(int(school.max(initial=0)) + 1, dtype=bool)
    covered[school[rosters]] = True
    covered[0] = False
    return replace(people, school=school), covered, person[pairs.left]


def _by_pupils(people: People, pairs: Pairs) -> dict[int, int]:
    """The roster's code of a school -> the roll's, where most pupils found by number say so."""
    named = (people.school[pairs.left] > 0) & (people.school[pairs.right] > 0)
    frame = pd.DataFrame(
        {"roll": people.school[pairs.left[named]], "roster": people.school[pairs.right[named]]}
    )
    counts = (
        frame.value_counts()
        .rename("count")
        .reset_index()
        .sort_values(["roster", "count", "roll"], ascending=[True, False, True], kind="stable")
    )
    total = frame["roster"].value_counts()
    best = counts.drop_duplicates("roster")
    clear = best[(best["count"] >= KNOWN_BY) & (best["count"] * 2 > best["roster"].map(total))]
    return dict(zip(clear["roster"].tolist(), clear["roll"].tolist(), strict=True))


def _by_ending(people: People, roll: Longs, rosters: Longs) -> dict[int, int]:
    """The roster's code of a school -> the roll's, where one name ends with the other and no third does.

    Rosters leave out the county, rolls write it: 青山镇中心小学, 某县青山镇中心小学.
    """
    texts = people.records["school"].to_numpy(dtype=object)
    here, there = (
        {int(people.school[row]): school_name(str(texts[row])) for row in rows.tolist() if people.school[row]}
        for rows in (_first_of(people.school, roll), _first_of(people.school, rosters))
    )
    found = {}
    for code, name in there.items():
        fitting = [each for each, other in here.items() if other.endswith(name) or name.endswith(other)]
        if len(fitting) == 1:
            found[code] = fitting[0]
    return found


def _first_of(codes: Ints, rows: Longs) -> Longs:
    """One row of each distinct code."""
    result: Longs = rows[np.unique(codes[rows], return_index=True)[1]]
    return result

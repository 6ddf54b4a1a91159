"""The columns of the list of children, from what the records of each person say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from matchers.age import SchoolAge
from matchers.attendance import ABSENT, ATTENDING, UNKNOWN, Attendance
from matchers.child_sentences import NOT_IN_CLASS, said_of_children, said_of_pupils
from matchers.enrolment import ENROLLED, IN_REVIEW, NOT_ENROLLED, Enrolment
from matchers.explain import dates
from matchers.members import Members, best_number, groups_of, members, quality_of, sources_of
from matchers.people import Ints, Longs
from matchers.resolve import Persons
from matchers.shown import SEXES, Shown
from matchers.texts import TEXT, Codes, column, decode, filled, lists, runs, spread
from matchers.waterfall import review_reasons

STATES = (ENROLLED, IN_REVIEW, NOT_ENROLLED)
ATTENDS = (ATTENDING, ABSENT, UNKNOWN)
SECOND_RECORD = "second_record"

Small = NDArray[np.int8]


def coded(values: NDArray[np.object_], known: Sequence[str]) -> Small:
    """Each text's place in ``known``."""
    code = np.zeros(len(values), dtype=np.int8)
    for number, text in enumerate(known):
        code[values == text] = number
    return code


class Side:
    """What the records of some persons say: those of the children, or those of the pupils.

    Attributes:
        code: the persons. held: their records. days: the birthday of each.
    """

    def __init__(self, shown: Shown, persons: Persons, code: Longs, days: Ints | None, given: Codes) -> None:
        self.shown, self.code = shown, code
        self.held: Members = members(shown, persons, code)
        self.days: Ints = shown.born(self.first_row(np.arange(len(code)))) if days is None else days
        self._number = best_number(shown, self.held)
        self._group, self._groups = groups_of(shown, self.held)
        self._note, self._notes = quality_of(shown, self.held, self.days, given)
        self._first: dict[str, Ints] = {}

    def first_row(self, which: Longs) -> Longs:
        """The first record of each of these persons."""
        row: Longs = self.held.row[self.held.start[:-1][which]].astype(np.int64)
        return row

    def first(self, name: str) -> Ints:
        """For each person the record that first gives this column; -1 for none."""
        if name not in self._first:
            self._first[name] = self.held.first(self.shown.given(name))
        return self._first[name]

    def column(self, name: str, which: Longs) -> pa.Array:
        """One column of these persons (places in ``code``): the first value that any record gives."""
        if name == "birth_date":
            return dates(self.days[which])
        if name == "sex":
            return self._sex(which)
        if name == "id_number":
            return self.shown.number(self._number[which])
        if name == "groups":
            return decode(self._group[which], self._groups)
        if name == "quality":
            return decode(self._note[which], self._notes)
        if name == "sources":
            return sources_of(self.shown, self.held, which)
        return self.shown.text(name, self.first(name)[which])

    def _sex(self, which: Longs) -> pa.Array:
        """The number tells the sex where the list does not."""
        sex = self.shown.people.sex
        if "sex" not in self._first:
            self._first["sex"] = self.held.first(sex > 0)
        row = self._first["sex"][which]
        return decode(np.where(row >= 0, sex[row], 0), SEXES)


class OfResidents:
    """The columns of the children of the population lists, by their places in ``found``."""

    def __init__(
        self, own: Side, roll: Side, found: Enrolment, present: Attendance, school_age: SchoolAge
    ) -> None:
        self._own, self._roll, self.found, self._school_age = own, roll, found, school_age
        self.state = coded(found.state, STATES)
        pupil = np.searchsorted(roll.code, found.pupil)
        self._pupil = np.where(found.pupil >= 0, pupil, -1)
        attends = coded(present.state, ATTENDS)[np.searchsorted(present.pupil, roll.code)]
        # The last is that of a child without a pupil, whose number is -1.
        self.attends: Small = np.append(attends, np.int8(ATTENDS.index(UNKNOWN)))[self._pupil]
        self.rules = [*(rule.name for rule in found.result.rules), SECOND_RECORD, ""]
        self.rule = self._rules()
        self._first_candidate = np.searchsorted(found.candidate_child, np.arange(len(found.person) + 1))

    def _rules(self) -> NDArray[np.int16]:
        found, size = self.found, len(self.rules)
        rule = np.full(len(found.person), -1, dtype=np.int16)
        linked = np.flatnonzero(found.link >= 0)
        rule[linked] = found.result.rule[found.link[linked]]
        other = np.where(found.twin >= 0, size - 2, size - 1)
        return np.where(rule >= 0, rule, other).astype(np.int16)

    def column(self, name: str, which: Longs) -> pa.Array:
        """One column of these children."""
        simple = {
            "enrolment": lambda: decode(self.state[which], STATES),
            "attendance": lambda: decode(self.attends[which], ATTENDS),
            "rule": lambda: decode(self.rule[which], self.rules),
            "probability": lambda: pa.array(self.found.probability[which]),
            "expected_grade": lambda: pa.array(self._school_age.grade(self._own.days[which])),
            "origin": lambda: decode(np.zeros(len(which), dtype=np.int8), ["population"]),
            "guardian": lambda: self._guardian(which),
            "school": lambda: self._of_pupil("school", which),
            "grade": lambda: self._of_pupil("grade", which),
            "roll_source": lambda: self._of_pupil("sources", which),
            "candidates": lambda: self._candidates(which),
            "explanation": lambda: self._explanation(which),
        }
        return simple[name]() if name in simple else self._own.column(name, which)

    def _of_pupil(self, name: str, which: Longs) -> pa.Array:
        pupil = self._pupil[which]
        at = np.flatnonzero(pupil >= 0)
        return filled(spread(len(which), [(at, self._roll.column(name, pupil[at]))]))

    def _guardian(self, which: Longs) -> pa.Array:
        guardian = self._own.column("guardian_name", which)
        return pc.if_else(pc.equal(guardian, ""), self._own.column("head_name", which), guardian)

    def _candidates(self, which: Longs) -> pa.Array:
        start, end = self._first_candidate[which], self._first_candidate[which + 1]
        rows = self.found.candidate_row[runs(start, end - start)]
        return lists(self._own.shown.source(rows), end - start)

    def _explanation(self, which: Longs) -> pa.Array:
        start, end = self._first_candidate[which], self._first_candidate[which + 1]
        candidate = np.full(len(which), -1, dtype=np.int64)
        some = np.flatnonzero(end > start)
        candidate[some] = self.found.candidate_row[start[some]]
        columns = {name: self._named(name) for name in ("school", "grade", "quality")}
        absent = [NOT_IN_CLASS if each == ABSENT else "" for each in ATTENDS]
        columns["absent"] = lambda at: decode(self.attends[at], absent)
        columns["reason"] = lambda at: pa.array(self._reasons[at], TEXT)
        return said_of_children(self._own.shown, self.found, which, candidate, columns)

    @cached_property
    def _reasons(self) -> NDArray[np.object_]:
        """Why a person is asked about each child in review that may be a pupil."""
        reasons = np.full(len(self.found.person), "", dtype=object)
        asked = np.flatnonzero((self.found.state == IN_REVIEW) & (self.found.twin < 0))
        reasons[asked] = review_reasons(self.found.result, self.found.link[asked])
        return reasons

    def _named(self, name: str) -> Callable[[Longs], pa.Array]:
        return lambda which: self.column(name, which)


class OfRoll:
    """The columns of pupils who are on a roll and on no other list, by their places in ``roll``."""

    def __init__(self, roll: Side, school_age: SchoolAge) -> None:
        self._roll, self._school_age = roll, school_age

    def column(self, name: str, which: Longs) -> pa.Array:
        """One column of these pupils."""
        always = {"enrolment": ENROLLED, "attendance": ABSENT, "origin": "roll", "rule": "", "candidates": ""}
        if name in always:
            return decode(np.zeros(len(which), dtype=np.int8), column([always[name]]))
        if name == "probability":
            return pa.array(np.ones(len(which)))
        if name == "expected_grade":
            return pa.array(self._school_age.grade(self._roll.days[which]))
        if name == "explanation":
            return said_of_pupils(self._roll.shown, self._roll.first_row(which))
        return self._roll.column(
            {"roll_source": "sources", "guardian": "guardian_name"}.get(name, name), which
        )

"""The screening of a county: lists in, children with their state out. The three comparisons of 四查三比对."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
import pandas as pd

from matchers.age import IN_AGE, OVER_AGE, TOO_YOUNG, UNKNOWN, SchoolAge, person_birth
from matchers.attendance import Attendance, attendance
from matchers.children import child_list
from matchers.code_sets import flagged
from matchers.decided import Decided
from matchers.decisions import Decisions, hear
from matchers.enrolment import enrolments
from matchers.learn import learn
from matchers.model import Model
from matchers.people import ATTENDANCE, POPULATION, ROLL, Flags, Ints, Listed, Longs, People
from matchers.resolve import Persons, resolve
from matchers.run import Result, run
from matchers.screening import Screening
from matchers.shown import PLACE, TOLD, Shown
from matchers.side_by_side import side_by_side
from matchers.steps.s1_prepare import prepare
from matchers.tally import FATES, Fates, fates_of
from schemas.issue import Issue
from schemas.records import record_types

Progress = Callable[[str], None]


def screen(
    records: pd.DataFrame,
    *,
    as_of: date,
    model: Model,
    progress: Progress = lambda step: None,
    decisions: Decisions | None = None,
) -> Screening:
    """Find the children of school age who are on no roll, or on a roll and not in class.

    Args:
        records: the records of all lists (``schemas.table.RECORDS``).
        as_of: the day of the screening; it sets the school year and so the school age.
        model: weights, rules and thresholds (``matchers.model.load_model``).
        progress: told the name of each step as it begins.
        decisions: what persons have decided about pairs; obeyed, and counted into the weights.
    """
    progress("整理数据")
    records, apart = _aid_apart(records)
    listed = prepare(records, as_of, model.confusions).only(PLACE, TOLD)
    del records  # what nobody shows of them is let go, if the caller has let go of them too
    people = listed.people
    decided, unheard = Decided(), tuple[Issue, ...]()
    grown = adults(people)
    population = np.flatnonzero((people.side == POPULATION) & ~grown)
    roll = np.flatnonzero(people.side == ROLL)
    if decisions is not None:
        heard = hear(decisions, people)
        people, decided, unheard = heard.people, heard.decided, heard.issues
        listed = replace(listed, people=people)
        model = learn(model, people, heard.told, population, roll)
    progress("合并人口名单、学籍名单")
    household = people.kind[population] == people.kinds.index("household")
    sides = ((population[household], population[~household]), (roll, roll[:0]))
    calls = [partial(resolve, people, base, others, model, decided) for base, others in sides]
    residents, pupils = side_by_side(calls, len(people))
    persons = residents.beside(pupils)
    progress("人口名单与学籍比对")
    linked = run(people, population, roll, persons.code, model, decided=decided)
    progress("学籍与在校花名册比对")
    rosters = np.flatnonzero(people.side == ATTENDANCE)
    present = attendance(listed, roll, rosters, persons.code, model, decided)
    progress("汇总结果")
    found = _put_together(listed, persons, population, grown, linked, present, SchoolAge.at(as_of), model)
    return replace(found, unheard=unheard, apart=apart)


def _aid_apart(records: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The records that are compared, and the places of those of aid, which is no side of it."""
    aid = records["kind"].isin([kind for kind, each in record_types().items() if each.side == "aid"])
    places = records.loc[aid, [*PLACE, "kind"]]
    return (records[~aid] if len(places) else records), places


def adults(people: People) -> Flags:
    """Population records that tell neither birthday nor number, and a relation in which no child stands.

    A record with a number is never set aside here: a guardian's may stand in a child's row. Nor is one on
    a list of children only, whose head of household may be the child.
    """
    silent = (people.birth == 0) & (people.id1 == 0)
    result: Flags = (people.side == POPULATION) & people.grown & silent & ~people.of_children
    return result


def _put_together(
    listed: Listed,
    persons: Persons,
    population: Longs,
    grown: Flags,
    linked: Result,
    present: Attendance,
    school_age: SchoolAge,
    model: Model,
) -> Screening:
    people = listed.people
    ages = aged(people, population, persons.code, school_age)
    due = ages.due
    found = enrolments(people, persons, linked, ages.person[due], model)
    shown = Shown(listed)
    return Screening(
        shown=shown,
        persons=persons,
        population=population,
        linked=linked,
        present=present,
        listed=child_list(shown, persons, found, present, (ages.birth[due], ages.given[due]), school_age),
        fate=fates_of(people, persons, ages.person, ages.fate, grown),
        used=model,
    )


@dataclass(frozen=True, slots=True)
class Aged:
    """What ages say of persons on population lists (arrays of one length).

    Attributes:
        person: person code. birth: as yyyymmdd. given: how many birthdays were given.
        due: whether the person is to be at school. fate: of the records, as places in ``FATES``.
    """

    person: Longs
    birth: Ints
    given: Longs
    due: Flags
    fate: Fates


def aged(people: People, rows: Longs, code: Longs, school_age: SchoolAge) -> Aged:
    """Tell the children of school age, and those who may be, from the others."""
    person, birth, given = person_birth(people, rows, code, school_age)
    age = school_age.sort(birth)
    adult = adult_persons(people, rows, code, person)
    due = ((age == IN_AGE) | (age == UNKNOWN)) & ~adult
    ages = np.select([age == TOO_YOUNG, age == OVER_AGE], [FATES.index("too_young"), FATES.index("over_age")])
    fate = np.where(adult, FATES.index("adult"), ages).astype(np.int8)
    return Aged(person, birth, given, due, fate)


def _any_record(person: Longs, rows: Longs, code: Longs, flag: Flags) -> Flags:
    """For each person whether any of the rows has the flag."""
    return flagged(len(code), code[rows[flag[rows]]])[person]


def adult_persons(people: People, rows: Longs, code: Longs, person: Longs) -> Flags:
    """Persons of whom nothing is known but an adult's number, on no list that is of children only."""
    known = (people.birth > 0) | (people.id_birth > 0)
    household = people.kind == people.kinds.index("household")
    child = known | people.of_children | (household & (people.id1 > 0))
    result: Flags = _any_record(person, rows, code, people.adult_id > 0) & ~_any_record(
        person, rows, code, child
    )
    return result

"""The screening of a county: lists in, children with their state out. The three comparisons of 四查三比对."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from matchers.age import IN_AGE, OVER_AGE, TOO_YOUNG, UNKNOWN, SchoolAge, person_birth
from matchers.attendance import Attendance, attendance
from matchers.children import child_list
from matchers.corrections import corrections_table
from matchers.decided import Decided
from matchers.decisions import Decisions, hear
from matchers.enrolment import enrolments
from matchers.learn import learn
from matchers.links import link_list
from matchers.long_table import LongTable
from matchers.model import Model
from matchers.model_text import model_text
from matchers.people import ATTENDANCE, POPULATION, ROLL, Flags, Listed, Longs, People
from matchers.quality import Quality, measure
from matchers.resolve import Persons, resolve
from matchers.run import Result, run
from matchers.shown import Shown
from matchers.steps.s1_prepare import prepare
from matchers.tally import FATES, accounting_table, fates_of, funnel, notices
from schemas.issue import Issue

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Screening:
    """What a screening found, as tables.

    Attributes:
        child_list: one row a child of school age on a population list, and one for each pupil not in class.
        child_facts: what is counted of them, by row (``matchers.children.Children``).
        link_list: every accepted link and every link for a person to review.
        corrections: what each agency should correct in its own list.
        accounting: one row a record: what became of it.
        issues: what was noticed about single records while matching, for ``schemas.issue.issue_table``.
        counts: figures of each step, "funnel" among them. model: name, version, hash, thresholds.
        quality: how good the links between children and pupils are, from themselves.
        model_toml: the model used, to be given again. unheard: decisions that could not be obeyed, and why.
    """

    child_list: LongTable
    child_facts: pd.DataFrame
    link_list: LongTable
    corrections: pd.DataFrame
    accounting: pd.DataFrame
    issues: pd.DataFrame
    counts: dict[str, object]
    model: dict[str, object]
    quality: Quality
    model_toml: str
    unheard: tuple[Issue, ...] = ()

    @property
    def children(self) -> pd.DataFrame:
        """The list of children laid out at once: for a county, not for a province."""
        return self.child_list.whole()

    @property
    def links(self) -> pd.DataFrame:
        """The links laid out at once: for a county, not for a province."""
        return self.link_list.whole()


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
    listed = prepare(records, as_of)
    people = listed.people
    decided, unheard = Decided(), tuple[Issue, ...]()
    grown = _adults(people)
    population = np.flatnonzero((people.side == POPULATION) & ~grown)
    roll = np.flatnonzero(people.side == ROLL)
    if decisions is not None:
        heard = hear(decisions, people)
        people, decided, unheard = heard.people, heard.decided, heard.issues
        listed = replace(listed, people=people)
        model = learn(model, people, heard.told, population, roll)
    persons = Persons(np.arange(len(people), dtype=np.int64), decided=decided)
    progress("合并人口名单")
    household = people.kind[population] == people.kinds.index("household")
    resolve(people, population[household], population[~household], model, persons)
    progress("合并学籍名单")
    resolve(people, roll, roll[:0], model, persons)
    progress("人口名单与学籍比对")
    linked = run(people, population, roll, persons.code, model, decided=decided)
    progress("学籍与在校花名册比对")
    rosters = np.flatnonzero(people.side == ATTENDANCE)
    present = attendance(listed, roll, rosters, persons.code, model, decided)
    progress("汇总结果")
    found = _put_together(
        listed, persons, population, grown, linked, present, SchoolAge.at(as_of), model, progress
    )
    return replace(found, unheard=unheard)


def _adults(people: People) -> Flags:
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
    progress: Progress,
) -> Screening:
    people = listed.people
    person, birth, given = person_birth(people, population, persons.code, school_age)
    age = school_age.sort(birth)
    adult = _adult_persons(people, population, persons.code, person)
    due = ((age == IN_AGE) | (age == UNKNOWN)) & ~adult
    found = enrolments(people, persons, linked, person[due], model)
    shown = Shown(listed)
    children = child_list(shown, persons, found, present, (birth[due], given[due]), school_age)
    ages = np.select([age == TOO_YOUNG, age == OVER_AGE], [FATES.index("too_young"), FATES.index("over_age")])
    fates = np.where(adult, FATES.index("adult"), ages).astype(np.int8)
    fate = fates_of(people, persons, person, fates, grown)
    results = [("resolve", each) for each in persons.links] + [
        ("roll", linked),
        ("attendance", present.result),
    ]
    progress("自查质量")
    roll = np.flatnonzero(people.side == ROLL)
    told = children.facts.join(children.table.whole(["child_id", "id_number"]))
    quality = measure(people, population, roll, persons.code, linked, told, model)
    return Screening(
        child_list=children.table,
        child_facts=children.facts,
        link_list=link_list(shown, results, persons, children.facts),
        corrections=corrections_table(shown, results),
        accounting=accounting_table(shown, fate),
        issues=notices(shown, persons, linked, fate),
        counts=funnel(people, persons, children.facts, fate, linked, present),
        model=model.facts(),
        quality=quality,
        model_toml=model_text(model),
    )


def _any_record(person: Longs, rows: Longs, code: Longs, flag: Flags) -> Flags:
    """For each person whether any of the rows has the flag."""
    result = np.zeros(len(person), dtype=bool)
    result[np.searchsorted(person, code[rows[flag[rows]]])] = True
    return result


def _adult_persons(people: People, rows: Longs, code: Longs, person: Longs) -> Flags:
    """Persons of whom nothing is known but an adult's number, on no list that is of children only."""
    known = (people.birth > 0) | (people.id_birth > 0)
    household = people.kind == people.kinds.index("household")
    child = known | people.of_children | (household & (people.id1 > 0))
    result: Flags = _any_record(person, rows, code, people.adult_id > 0) & ~_any_record(
        person, rows, code, child
    )
    return result

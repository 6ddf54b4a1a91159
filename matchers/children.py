"""The list of children: one row each, with state, evidence and a sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchers.age import SchoolAge
from matchers.attendance import ABSENT, UNKNOWN, Attendance
from matchers.enrolment import ENROLLED, IN_REVIEW, Enrolment, left_school
from matchers.explain import dates, sentences
from matchers.id_table import MISSING, VALID
from matchers.people import Ints, Listed, Longs
from matchers.resolve import Persons

COLUMNS = [
    "child_id",
    "name",
    "sex",
    "birth_date",
    "id_number",
    "enrolment",
    "attendance",
    "probability",
    "rule",
    "roll_source",
    "candidates",
    "groups",
    "sources",
    "explanation",
    "township",
    "village",
    "address",
    "guardian",
    "phone",
    "expected_grade",
    "school",
    "grade",
    "quality",
    "origin",
]


def children_table(
    listed: Listed,
    persons: Persons,
    found: Enrolment,
    present: Attendance,
    birth: tuple[Ints, Longs],
    school_age: SchoolAge,
) -> pd.DataFrame:
    """The list: children of the population lists in the order of their records, then pupils not in class.

    Beside ``COLUMNS`` the table carries ``person`` and ``pupil``, the codes that the caller traces it by.
    """
    days, given = birth
    rows = _person_rows(listed, persons, found.person)
    facts = _facts(listed, rows)
    table = pd.DataFrame({"person": found.person, "pupil": found.pupil})
    for name in ("township", "village", "address", "phone", "sex"):
        table[name] = facts[name].to_numpy()
    table["name"] = facts["name"].to_numpy()
    table["guardian"] = (
        facts["guardian_name"].where(facts["guardian_name"] != "", facts["head_name"]).to_numpy()
    )
    table["birth_date"] = dates(days)
    table["id_number"] = _best_number(listed, rows)
    table["enrolment"] = found.state
    table["probability"] = found.probability
    table["expected_grade"] = school_age.grade(days)
    table["groups"] = _joined(listed.texts("group"), rows, split=";")
    table["sources"] = _joined(listed.sources(), rows)
    table["quality"] = _quality(listed, rows, days, given)
    table["origin"] = "population"
    table["rule"] = _rule_names(found)
    sources = listed.sources()
    table["candidates"] = [";".join(sources[each].tolist()) for each in _candidates(found)]
    _add_pupil(table, listed, persons, present)
    table["explanation"] = _explanations(listed, found, table)
    absent = _absent_pupils(listed, persons, found, present, school_age)
    table = pd.concat([_in_order(table, listed, rows), absent], ignore_index=True)
    table["child_id"] = [f"{number:07d}" for number in range(1, len(table) + 1)]
    table["expected_grade"] = table["expected_grade"].astype("int64")
    texts = [each for each in COLUMNS if each not in ("probability", "expected_grade")]
    table[texts] = table[texts].astype("str")
    return table[[*COLUMNS, "person", "pupil"]]


def _in_order(table: pd.DataFrame, listed: Listed, rows: pd.DataFrame) -> pd.DataFrame:
    """The children in the order in which their first records stand in the lists."""
    first = rows.drop_duplicates("at")["row"].to_numpy()
    places = listed.table(["file", "sheet", "row", "member"], first)
    order = places.sort_values(["file", "sheet", "row", "member"], kind="stable").index
    return table.iloc[order].reset_index(drop=True)


def _person_rows(listed: Listed, persons: Persons, codes: Longs) -> pd.DataFrame:
    """The records of each person: columns row and at (the person's place in ``codes``), households first."""
    people = listed.people
    place = np.searchsorted(codes, persons.code)
    place = np.minimum(place, max(len(codes) - 1, 0))
    ours = np.flatnonzero(codes[place] == persons.code) if len(codes) else np.zeros(0, dtype=np.int64)
    frame = pd.DataFrame({"row": ours, "at": place[ours]})
    order = np.array([people.kinds.index(kind) for kind in ("household", "roll", "poverty")])
    frame["rank"] = [
        list(order).index(kind) if kind in order else len(order) for kind in people.kind[ours].tolist()
    ]
    frame["place"] = listed.at[ours]
    return frame.sort_values(["at", "rank", "place"], kind="stable").reset_index(drop=True)


def _facts(listed: Listed, rows: pd.DataFrame) -> pd.DataFrame:
    """The first value that any record of a person gives, column by column, household register first."""
    people = listed.people
    wanted = [
        "name",
        "sex",
        "township",
        "village",
        "address",
        "guardian_name",
        "head_name",
        "phone",
        "school",
        "grade",
    ]
    values = listed.table(wanted, rows["row"].to_numpy())
    # The number tells the sex where the list does not.
    values["sex"] = np.array(["", "男", "女"], dtype=object)[people.sex[rows["row"].to_numpy()]]
    values = values.astype("object").where(values != "", None)
    values["at"] = rows["at"].to_numpy()
    return values.groupby("at", sort=True).first().fillna("")


def _best_number(listed: Listed, rows: pd.DataFrame) -> NDArray[np.object_]:
    """The number to show: a valid one before any other, in the order of the records."""
    people = listed.people
    number = people.id1[rows["row"].to_numpy()]
    state = people.ids.state[number]
    rank = np.select([state == VALID, state == MISSING], [0, 2], 1)
    frame = pd.DataFrame({"at": rows["at"], "rank": rank, "number": number})
    first = frame.sort_values(["at", "rank"], kind="stable").groupby("at", sort=True)["number"].first()
    best: NDArray[np.object_] = people.ids.texts(first.to_numpy())
    return best


def _joined(values: NDArray[np.object_], rows: pd.DataFrame, split: str = "") -> list[str]:
    """The distinct texts of each person's records, joined by ";" in the order of the records."""
    taken = values[rows["row"].to_numpy()].tolist()
    size = int(rows["at"].max()) + 1 if len(rows) else 0
    joined: list[dict[str, None]] = [{} for _ in range(size)]
    for at, value in zip(rows["at"].tolist(), taken, strict=True):
        joined[at].update(dict.fromkeys(each for each in (value.split(split) if split else [value]) if each))
    return [";".join(each) for each in joined]


def _quality(listed: Listed, rows: pd.DataFrame, days: Ints, given: Longs) -> list[str]:
    """Short notes on what is wrong with a child's own records."""
    people = listed.people
    at = rows["at"].to_numpy()
    size = len(days)
    number = people.id1[rows["row"].to_numpy()]
    has = np.bincount(at[number > 0], minlength=size) > 0
    good = np.bincount(at[people.ids.state[number] == VALID], minlength=size) > 0
    adult = np.bincount(at[people.adult_id[rows["row"].to_numpy()] > 0], minlength=size) > 0
    cancelled = people.cancelled[rows["row"].to_numpy()]
    gone = np.bincount(at[cancelled], minlength=size) > 0
    notes = (
        (gone, "户口已注销或迁出"),
        (~has & ~adult, "无证件号码"),
        (has & ~good, "证件号码不合规则"),
        (adult, "填的是成年人号码"),
        (days == 0, "无出生日期"),
        (given > 1, "出生日期前后不一"),
    )
    return ["、".join(text for flag, text in notes if flag[each]) for each in range(size)]


def _rule_names(found: Enrolment) -> list[str]:
    names = []
    for link, twin in zip(found.link.tolist(), found.twin.tolist(), strict=True):
        rule = int(found.result.rule[link]) if link >= 0 else -1
        names.append(found.result.rules[rule].name if rule >= 0 else "second_record" if twin >= 0 else "")
    return names


def _add_pupil(table: pd.DataFrame, listed: Listed, persons: Persons, present: Attendance) -> None:
    """Put the pupil's roll places, school, grade and attendance beside the child."""
    pupils = table["pupil"].to_numpy()
    on_roll = np.flatnonzero(pupils >= 0)
    codes = np.unique(pupils[on_roll])
    rows = _person_rows(listed, persons, codes)
    facts = _facts(listed, rows)
    sources = np.array(_joined(listed.sources(), rows), dtype=object)
    at = np.searchsorted(codes, pupils[on_roll])
    for column, values in (
        ("roll_source", sources),
        ("school", facts["school"].to_numpy(object)),
        ("grade", facts["grade"].to_numpy(object)),
        ("attendance", present.state[np.searchsorted(present.pupil, codes)] if len(codes) else sources),
    ):
        filled = np.full(len(table), UNKNOWN if column == "attendance" else "", dtype=object)
        filled[on_roll] = values[at]
        table[column] = filled


def _candidates(found: Enrolment) -> list[Longs]:
    """The candidates of each child."""
    ends = np.searchsorted(found.candidate_child, np.arange(1, len(found.person)))
    return np.split(found.candidate_row, ends)


def _explanations(listed: Listed, found: Enrolment, table: pd.DataFrame) -> list[str]:
    """One sentence or two a child: what was found, by which rule, and on what evidence."""
    shown = np.flatnonzero(found.link >= 0)
    said = np.full(len(table), "", dtype=object)
    links = found.link[shown]
    levels = {name: level[links] for name, level in found.result.levels.items()}
    said[shown] = sentences(listed, found.result.pairs.take(links), levels)
    label = {rule.name: rule.label for rule in found.result.rules}
    sources, statuses = listed.sources(), listed.texts("status")
    candidates = _candidates(found)
    texts = []
    for at, (state, rule, school, grade, attends, quality) in enumerate(
        table[["enrolment", "rule", "school", "grade", "attendance", "quality"]].itertuples(
            index=False, name=None
        )
    ):
        if state == ENROLLED:
            text = f"{label.get(rule, '')}：在{school or '学籍名单'}{grade}。{said[at]}"
            text += "。在校花名册中没有此人" if attends == ABSENT else ""
        elif state == IN_REVIEW and found.twin[at] >= 0:
            other = sources[found.twin[at]]
            text = f"可能与另一儿童({other})为同一人(重复登记),所列学籍是该儿童的，请人工确认。{said[at]}"
        elif state == IN_REVIEW:
            chance = "99%以上" if found.probability[at] >= 0.99 else f"约{found.probability[at]:.0%}"
            text = f"可能已在学籍(可能性{chance}),但不完全符合任何一条认定规则，请人工确认。{said[at]}"
        elif len(candidates[at]):
            status = statuses[candidates[at][0]]
            text = f"学籍中有此人，但状态为「{status}」,已不在籍。{said[at]}"
        else:
            text = "在全部学籍名单中没有找到此人" + (f"({quality})" if quality else "")
        texts.append(text)
    return texts


def _absent_pupils(
    listed: Listed, persons: Persons, found: Enrolment, present: Attendance, school_age: SchoolAge
) -> pd.DataFrame:
    """Rows for pupils on a roll, not in class, and not already on the list with a population record."""
    people = listed.people
    gone = left_school(people, persons)
    absent = (present.state == ABSENT) & ~gone[present.pupil] & ~np.isin(present.pupil, found.pupil)
    codes = present.pupil[absent]
    rows = _person_rows(listed, persons, codes)
    facts = _facts(listed, rows)
    first = rows.groupby("at", sort=True)["row"].first().to_numpy() if len(rows) else codes
    days = np.where(people.birth[first] > 0, people.birth[first], people.id_birth[first])
    sources = _joined(listed.sources(), rows)
    table = pd.DataFrame({"person": codes, "pupil": codes})
    for name in ("name", "sex", "township", "village", "address", "phone", "school", "grade"):
        table[name] = facts[name].to_numpy() if len(facts) else ""
    table["guardian"] = facts["guardian_name"].to_numpy() if len(facts) else ""
    table["birth_date"] = dates(days)
    table["id_number"] = _best_number(listed, rows) if len(rows) else ""
    table["enrolment"], table["attendance"], table["probability"] = ENROLLED, ABSENT, 1.0
    table["expected_grade"] = school_age.grade(days)
    table["roll_source"] = table["sources"] = sources
    table["quality"] = _quality(listed, rows, days, np.zeros(len(codes), dtype=np.int64)) if len(rows) else ""
    table["origin"] = "roll"
    table["groups"] = _joined(listed.texts("group"), rows, split=";")
    table["rule"], table["candidates"] = "", ""
    status = listed.texts("status", first)
    table["explanation"] = [
        "学籍在册，在校花名册中没有此人;本次人口名单中也没有此人"
        + (f"。学籍状态:{each}" if "休学" in each else "")
        for each in status
    ]
    return table

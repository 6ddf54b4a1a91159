"""What became of every record, the figures of each step, and what was noticed on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchers.attendance import ABSENT, ATTENDING, UNKNOWN, Attendance
from matchers.enrolment import ENROLLED, IN_REVIEW, NOT_ENROLLED
from matchers.people import ATTENDANCE, POPULATION, ROLL, Flags, Listed, Longs, People
from matchers.resolve import Persons
from matchers.run import Result
from matchers.steps.s8_decide import ACCEPTED
from schemas.issue import Issue


def accounting_table(
    listed: Listed, persons: Persons, person: Longs, fates: NDArray[np.str_], grown: Flags
) -> pd.DataFrame:
    """One row a record: child, too_young, over_age, adult, roll or roster.

    ``person`` (sorted codes) and ``fates`` say it of the persons on population lists; ``grown`` are the
    records that were set aside as adults' before.
    """
    people = listed.people
    place = np.minimum(np.searchsorted(person, persons.code), max(len(person) - 1, 0))
    fate = np.full(len(people), "adult", dtype=object)
    counted = (people.side == POPULATION) & ~grown
    fate[counted] = fates[place[counted]]
    fate[people.side == ROLL] = "roll"
    fate[people.side == ATTENDANCE] = "roster"
    table = listed.table(["file", "sheet", "row", "member", "kind"])
    table["fate"] = fate.astype(str)
    return table


def funnel(
    people: People,
    persons: Persons,
    children: pd.DataFrame,
    accounting: pd.DataFrame,
    linked: Result,
    present: Attendance,
) -> dict[str, object]:
    """The figures of each step. ``funnel`` holds them in order, with a Chinese label and a note."""
    fate = accounting["fate"].to_numpy(dtype=object)
    counts = {name: int((fate == name).sum()) for name in ("child", "too_young", "over_age", "adult")}
    population = people.side == POPULATION
    roll = people.side == ROLL
    listed = children[children["origin"] == "population"]
    state = listed["enrolment"].value_counts()
    by_rule = listed.loc[listed["enrolment"] == ENROLLED, "rule"].value_counts()
    attendance = pd.Series(present.state).value_counts()
    absent = children[children["attendance"] == ABSENT]
    persons_seen = len(np.unique(persons.code[population]))
    steps = [
        (
            "population_records",
            "人口类名单记录",
            int(population.sum()),
            "户籍、民政、乡村振兴、残联各名单合计",
        ),
        ("persons", "合并后的人数", persons_seen, "同一人在几份名单上只算一人"),
        ("school_age", "学龄儿童", len(listed), "本学年应接受义务教育的儿童"),
        ("enrolled", "已匹配到学籍", int(state.get(ENROLLED, 0)), "号码或多项信息一致，逐条有依据"),
        ("review", "待人工确认", int(state.get(IN_REVIEW, 0)), "有疑似学籍但证据不足，不从名单中去掉"),
        ("not_enrolled", "未找到学籍", int(state.get(NOT_ENROLLED, 0)), "提请联席会议核查"),
        ("pupils", "学籍在册学生", len(np.unique(persons.code[roll])), "各份学籍名单合并去重后"),
        ("absent", "名在人不在", len(absent), "学籍在册而在校花名册中没有"),
    ]
    return {
        "records": len(people),
        "by_kind": {kind: int((people.kind == code).sum()) for code, kind in enumerate(people.kinds)},
        "population_records": int(population.sum()),
        "persons": persons_seen,
        "school_age": len(listed),
        "out_of_list": {name: counts[name] for name in ("too_young", "over_age", "adult")},
        "enrolment": {name: int(state.get(name, 0)) for name in (ENROLLED, IN_REVIEW, NOT_ENROLLED)},
        "enrolled_by_rule": {str(rule): int(count) for rule, count in by_rule.items()},
        "roll_records": int(roll.sum()),
        "roster_records": int((people.side == ATTENDANCE).sum()),
        "pupils": len(np.unique(persons.code[roll])),
        "attendance": {name: int(attendance.get(name, 0)) for name in (ATTENDING, ABSENT, UNKNOWN)},
        "absent_children": len(absent),
        "matching": dict(linked.counts),
        "funnel": [dict(zip(("step", "label", "count", "note"), each, strict=True)) for each in steps],
    }


def notices(
    listed: Listed,
    persons: Persons,
    linked: Result,
    accounting: pd.DataFrame,
) -> tuple[Issue, ...]:
    """What single records should be looked at for: doubles, adults' numbers, pupils on no population list."""
    fate = accounting["fate"].to_numpy(dtype=object)
    people, sources = listed.people, listed.sources()
    found: list[Issue] = []
    linked_pupils = np.unique(linked.right[linked.decision == ACCEPTED])
    roll = np.flatnonzero(people.side == ROLL)
    alone = roll[~np.isin(persons.code[roll], linked_pupils)]
    found += [_issue(listed, row, "matching.not_in_population") for row in alone.tolist()]
    for row in np.flatnonzero(people.cancelled & (fate == "child")).tolist():
        found.append(
            _issue(
                listed, row, "matching.cancelled", value=str(listed.records["cancelled"].iat[listed.at[row]])
            )
        )
    for row in np.flatnonzero(
        (people.adult_id > 0) & (people.id1 == 0) & np.isin(fate, ("child", "roll"))
    ).tolist():
        found.append(_issue(listed, row, "matching.adult_number"))
    for row in np.flatnonzero((fate == "adult") & ~people.grown).tolist():
        found.append(_issue(listed, row, "matching.adult"))
    nothing = (people.birth == 0) & (people.id_birth == 0) & (fate == "child")
    found += [_issue(listed, row, "matching.no_age") for row in np.flatnonzero(nothing).tolist()]
    for pairs in persons.doubles:
        for left, right in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True):
            kind = "enrolment" if people.side[right] == ROLL else "registration"
            for row, other in ((left, right), (right, left)):
                found.append(_issue(listed, row, f"matching.double_{kind}", other=sources[other]))
    return tuple(sorted(found, key=lambda issue: (issue.file, issue.sheet, issue.row, issue.code)))


def _issue(listed: Listed, row: int, code: str, **values: object) -> Issue:
    place = listed.records.iloc[listed.at[row]]
    name = listed.people.names.text[listed.people.name[row]]
    return Issue(
        code, str(place["file"]), int(place["sheet"]), int(place["row"]), "", {"name": name, **values}
    )

"""What became of every record, the figures of each step, and what was noticed on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from matchers.attendance import ABSENT, ATTENDING, UNKNOWN, Attendance
from matchers.code_sets import flagged
from matchers.enrolment import ENROLLED, IN_REVIEW, NOT_ENROLLED
from matchers.people import ATTENDANCE, POPULATION, ROLL, Flags, Longs, People
from matchers.resolve import Persons
from matchers.run import Result
from matchers.shown import Shown
from matchers.steps.s8_decide import ACCEPTED
from matchers.texts import categories, decode, filled, spread
from schemas.records import record_types

FATES = ("child", "too_young", "over_age", "adult", "roll", "roster")
"""What becomes of a record."""

Fates = NDArray[np.int8]


def fates_of(people: People, persons: Persons, person: Longs, fates: Fates, grown: Flags) -> Fates:
    """What became of each record, as places in ``FATES``.

    ``person`` (sorted codes) and ``fates`` say it of the persons on population lists; ``grown`` are the
    records that were set aside as adults' before.
    """
    of_person = np.full(len(people) + 1, FATES.index("adult"), dtype=np.int8)
    of_person[person] = fates
    fate = np.full(len(people), FATES.index("adult"), dtype=np.int8)
    counted = (people.side == POPULATION) & ~grown
    fate[counted] = of_person[persons.code[counted]]
    fate[people.side == ROLL] = FATES.index("roll")
    fate[people.side == ATTENDANCE] = FATES.index("roster")
    return fate


def accounting_table(shown: Shown, fate: Fates) -> pd.DataFrame:
    """One row a record, in the order of file, sheet, row and member, with its fate."""
    people = shown.people
    order = np.argsort(shown.order, kind="stable")
    file, sheet, row = shown.place(order)
    return pd.DataFrame(
        {
            "file": categories(file, shown.files.to_pylist()),
            "sheet": sheet.astype(np.int32),
            "row": row.astype(np.int32),
            "member": shown.member(order).astype(np.int32),
            "kind": categories(people.kind[order], people.kinds),
            "fate": categories(fate[order], FATES),
        }
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted of the records, before the list of children says the rest.

    Attributes:
        by_kind: records of each kind of list that is compared. by_fate: of each of ``FATES``.
        persons: on population lists, each once. pupils: on the rolls.
        attendance: pupils by what rosters show. matching: pairs that each step saw, where it was counted.
    """

    by_kind: Mapping[str, int]
    by_fate: Mapping[str, int]
    persons: int
    pupils: int
    attendance: Mapping[str, int]
    matching: Mapping[str, object] = field(default_factory=dict)

    def on(self, side: str) -> int:
        """Records of the lists of one side."""
        return sum(count for kind, count in self.by_kind.items() if record_types()[kind].side == side)


def tally(people: People, persons: Persons, fate: Fates, linked: Result, present: Attendance) -> Tally:
    """Count the records."""
    return Tally(
        by_kind=_by_kind(people),
        by_fate=dict(zip(FATES, np.bincount(fate, minlength=len(FATES)).tolist(), strict=True)),
        persons=_persons_in(persons, people.side == POPULATION),
        pupils=_persons_in(persons, people.side == ROLL),
        attendance={name: int((present.state == name).sum()) for name in (ATTENDING, ABSENT, UNKNOWN)},
        matching=linked.counts,
    )


def funnel(tally: Tally, children: pd.DataFrame) -> dict[str, object]:
    """The figures of each step. ``funnel`` holds them in order, with a Chinese label and a note.

    ``children`` are the facts of the list of children (``matchers.children.Children``): by row ``origin``,
    ``enrolment``, ``attendance`` and ``rule``.
    """
    listed = children[children["origin"] == "population"]
    state = listed["enrolment"].value_counts()
    by_rule = listed.loc[listed["enrolment"] == ENROLLED, "rule"].value_counts()
    by_rule = by_rule[by_rule > 0]
    absent = children[children["attendance"] == ABSENT]
    steps = [
        (
            "population_records",
            "人口类名单记录",
            tally.on("population"),
            "户籍、民政、乡村振兴、残联各名单合计",
        ),
        ("persons", "合并后的人数", tally.persons, "同一人在几份名单上只算一人"),
        ("school_age", "学龄儿童", len(listed), "本学年应接受义务教育的儿童"),
        ("enrolled", "已匹配到学籍", int(state.get(ENROLLED, 0)), "号码或多项信息一致，逐条有依据"),
        ("review", "待人工确认", int(state.get(IN_REVIEW, 0)), "有疑似学籍但证据不足，不从名单中去掉"),
        ("not_enrolled", "未找到学籍", int(state.get(NOT_ENROLLED, 0)), "提请联席会议核查"),
        ("pupils", "学籍在册学生", tally.pupils, "各份学籍名单合并去重后"),
        ("absent", "名在人不在", len(absent), "学籍在册而在校花名册中没有"),
    ]
    return {
        "records": sum(tally.by_kind.values()),
        "by_kind": dict(tally.by_kind),
        "population_records": tally.on("population"),
        "persons": tally.persons,
        "school_age": len(listed),
        "out_of_list": {name: tally.by_fate.get(name, 0) for name in ("too_young", "over_age", "adult")},
        "enrolment": {name: int(state.get(name, 0)) for name in (ENROLLED, IN_REVIEW, NOT_ENROLLED)},
        "enrolled_by_rule": {str(rule): int(count) for rule, count in by_rule.items()},
        "roll_records": tally.on("roll"),
        "roster_records": tally.on("attendance"),
        "pupils": tally.pupils,
        "attendance": {name: int(tally.attendance.get(name, 0)) for name in (ATTENDING, ABSENT, UNKNOWN)},
        "absent_children": len(absent),
        "matching": dict(tally.matching),
        "funnel": [dict(zip(("step", "label", "count", "note"), each, strict=True)) for each in steps],
    }


def _by_kind(people: People) -> dict[str, int]:
    """Records of each kind of list that is compared."""
    return {
        kind: int((people.kind == code).sum())
        for code, kind in enumerate(people.kinds)
        if record_types()[kind].side != "aid"
    }


def _persons_in(persons: Persons, records: Flags) -> int:
    """How many persons these records are."""
    return int(flagged(len(persons.code), persons.code[records]).sum())


def notices(
    shown: Shown, persons: Persons, linked: Result, fate: Fates, home: Flags | None = None
) -> pd.DataFrame:
    """What single records should be looked at for: doubles, adults' numbers, pupils on no population list.

    One row an issue, as ``schemas.issue.issue_table`` takes them: place, code, and the values of the wording.
    ``home`` are the records that are told of, where not of all.
    """
    people = shown.people
    child, adult, roll = (fate == FATES.index(name) for name in ("child", "adult", "roll"))
    linked_pupil = flagged(len(people), linked.right[linked.decision == ACCEPTED])
    flags = {
        "not_in_population": (people.side == ROLL) & ~linked_pupil[persons.code],
        "cancelled": people.cancelled & child,
        "adult_number": (people.adult_id > 0) & (people.id1 == 0) & (child | roll),
        "adult": adult & ~people.grown,
        "no_age": (people.birth == 0) & (people.id_birth == 0) & child,
    }
    found = [(f"matching.{name}", np.flatnonzero(flag)) for name, flag in flags.items()]
    doubles = [np.stack([pairs.left, pairs.right], axis=1) for pairs in persons.doubles]
    both = np.concatenate([*doubles, np.zeros((0, 2), dtype=np.int64)])
    on_roll = np.repeat(people.side[both[:, 1]] == ROLL, 2)
    one, other = both.ravel(), both[:, ::-1].ravel()
    for name, chosen in (("enrolment", on_roll), ("registration", ~on_roll)):
        found.append((f"matching.double_{name}", one[chosen]))
    rows = np.concatenate([each for _, each in found])
    others = np.full(len(rows), -1, dtype=np.int64)
    others[len(rows) - len(one) :] = np.concatenate([other[on_roll], other[~on_roll]])
    code = np.repeat(np.arange(len(found)), [len(each) for _, each in found])
    codes = [name for name, _ in found]
    ours = np.ones(len(rows), dtype=bool) if home is None else home[rows]
    return _issues(shown, rows[ours], others[ours], code[ours], codes)


def _issues(shown: Shown, rows: Longs, others: Longs, code: Longs, codes: list[str]) -> pd.DataFrame:
    """The issues in the order of file, sheet, row and code."""
    rank = np.argsort(np.argsort(codes))
    order = np.lexsort((rank[code], shown.spot[rows]))
    rows, others, code = rows[order], others[order], code[order]
    file, sheet, row = shown.place(rows)
    told, cancelled = np.flatnonzero(others >= 0), np.flatnonzero(code == codes.index("matching.cancelled"))
    table: pd.DataFrame = pa.table(
        {
            "code": decode(code, codes),
            "file": decode(file, shown.files),
            "sheet": sheet,
            "row": row,
            "column": decode(np.zeros(len(rows), dtype=np.int8), [""]),
            "name": shown.name(shown.people.name[rows]),
            "value": filled(spread(len(rows), [(cancelled, shown.text("cancelled", rows[cancelled]))])),
            "other": filled(spread(len(rows), [(told, shown.source(others[told]))])),
        }
    ).to_pandas()
    return table

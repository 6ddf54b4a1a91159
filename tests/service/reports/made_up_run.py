"""A made-up run: a few telling children, and as many plain ones as a test asks for."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pandas as pd

from matchers import load_model
from matchers.long_table import LongTable
from matchers.model_text import model_text
from schemas.issue import ISSUE_COLUMNS
from schemas.table import RECORDS
from service.reports.result import RunResult
from tests.matchers.county import ordinary

HOUSEHOLD, WELFARE, ROLL, ROSTER = "常住人口.xlsx", "低保.xls", "学籍.csv", "花名册.xlsx"
HOSTILE = "<svg onload=alert(1)>"
FORMULA = '=HYPERLINK("http://x","张")'

CHILD = {
    "child_id": "",
    "name": "",
    "sex": "男",
    "birth_date": "2015-03-18",
    "id_number": "",
    "enrolment": "enrolled",
    "attendance": "attending",
    "probability": 0.9999,
    "rule": "number_and_name",
    "roll_source": "",
    "candidates": "",
    "groups": "",
    "sources": "",
    "explanation": "",
    "township": "青石镇",
    "village": "河西村",
    "address": "河西村3组",
    "guardian": "张大山",
    "phone": "13800000000",
    "expected_grade": 6,
    "school": "",
    "grade": "",
    "quality": "",
    "origin": "population",
}
LINK = {
    "link_id": "L1",
    "stage": "roll",
    "child_id": "",
    "left_source": "",
    "right_source": "",
    "decision": "review",
    "rule": "number_near",
    "weight": 7.25,
    "probability": 0.83,
    "level_name": "sound",
    "level_id": "one_digit",
    "level_birth": "equal",
    "level_sex": "equal",
    "level_household": "",
    "level_place": "",
    "left_name": "",
    "right_name": "",
    "left_id": "",
    "right_id": "",
    "left_birth": "2015-03-18",
    "right_birth": "2015-03-18",
    "left_sex": "男",
    "right_sex": "男",
    "left_guardian": "张大山",
    "right_guardian": "",
    "left_address": "河西村3组",
    "right_address": "",
    "right_school": "青石镇中心小学",
    "right_grade": "6",
    "weights": "name:+4.10;birth:-2.00",
    "runner_up": "",
    "runner_up_bits": "",
    "sentences": "姓名同音不同字:王佳/王嘉；号码差一位:659999201503180113",
}


def number(first17: str) -> str:
    """Complete a made-up number with its check digit (GB 11643)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return first17 + "10X98765432"[sum(int(d) * w for d, w in zip(first17, weights, strict=True)) % 11]


NUMBER = number("65999920150318011")
OTHER_NUMBER = NUMBER[:15] + "9" + NUMBER[16:]


@dataclass
class MadeScreening:
    children: pd.DataFrame
    links: pd.DataFrame
    corrections: pd.DataFrame
    fates: dict[str, int]
    counts: dict[str, Any]
    model: dict[str, Any]
    model_toml: str

    @property
    def child_list(self) -> LongTable:
        return LongTable.of(self.children)

    @property
    def link_list(self) -> LongTable:
        return LongTable.of(self.links)


@dataclass
class MadeRows:
    nonempty: int = 0
    title: int = 0
    header: int = 0
    note: int = 0
    total: int = 0
    signature: int = 0
    repeated: int = 0
    records: int = 0
    rejected: int = 0


@dataclass
class MadeColumn:
    column: str
    header: str
    field: str
    confidence: float = 0.98
    why: str = "表头相符，98% 的值校验通过"


@dataclass
class MadeSheet:
    sheet: int
    name: str
    kind: str
    rows: MadeRows
    header_rows: tuple[int, ...] = (3,)
    layout: str = "person"
    visible: bool = True
    confidence: float = 0.97
    title: str = ""
    columns: tuple[MadeColumn, ...] = (
        MadeColumn("A", "姓 名", "name"),
        MadeColumn("C", "公民身份\n号码", "id_number"),
        MadeColumn("F", "备用", ""),
    )


@dataclass
class MadeReading:
    file: str
    kind: str
    records: pd.DataFrame
    sheets: tuple[MadeSheet, ...]
    sha256: str = "9f2c" * 16
    size: int = 20480
    format: str = "xlsx"
    encoding: str = ""
    confidence: float = 0.97
    issues: tuple[Any, ...] = field(default_factory=tuple)


def telling_children() -> list[dict[str, object]]:
    return [
        CHILD
        | {
            "child_id": "c1",
            "name": "张小明",
            "id_number": NUMBER,
            "roll_source": f"{ROLL}#1:9",
            "sources": f"{HOUSEHOLD}#1:4;{WELFARE}#2:7",
            "groups": "农村低保;残疾:智力二级",
        },
        CHILD
        | {
            "child_id": "c2",
            "name": FORMULA,
            "enrolment": "not_enrolled",
            "attendance": "unknown",
            "probability": 0.0,
            "sources": f"{HOUSEHOLD}#1:5;{WELFARE}#2:7",
            "groups": "农村低保;孤儿",
            "id_number": NUMBER,
            "explanation": "各学籍名单中没有相近的人",
            "rule": "none",
        },
        CHILD
        | {
            "child_id": "c3",
            "name": HOSTILE,
            "enrolment": "not_enrolled",
            "attendance": "unknown",
            "sex": "女",
            "probability": 0.0,
            "sources": f"{HOUSEHOLD}#1:6",
            "township": "",
            "village": "",
            "expected_grade": 1,
            "id_number": "",
            "quality": "无证件号码",
            "groups": "残疾:肢体一级",
        },
        CHILD
        | {
            "child_id": "c4",
            "name": "王佳",
            "enrolment": "review",
            "attendance": "unknown",
            "id_number": NUMBER,
            "probability": 0.83,
            "candidates": f"{ROLL}#1:12",
            "sources": f"{HOUSEHOLD}#1:8",
        },
        CHILD
        | {
            "child_id": "c5",
            "name": "买买提·艾力",
            "attendance": "absent",
            "origin": "roll",
            "school": "青石镇中学",
            "grade": "8",
            "roll_source": f"{ROLL}#1:20",
            "sources": f"{ROLL}#1:20",
            "expected_grade": 8,
        },
    ]


def plain_children(count: int, seed: int = 1) -> list[dict[str, object]]:
    chance = random.Random(seed)
    towns = ["青石镇", "柳河镇", "白塔乡", "红旗镇", "石门乡", "大湾镇", "城关镇", "南坪乡", "云山乡"]
    names = "赵钱孙李周吴郑王冯陈", "志远晓梅文静子涵浩宇雨欣思琪海峰"
    rows = []
    for at in range(count):
        kind = chance.choices(["enrolled", "review", "not_enrolled"], (94, 1, 5))[0]
        year = chance.randint(2012, 2019)
        no = number(
            f"6599{chance.choice(['97', '98', '99'])}{year}{chance.randint(1, 12):02d}15{at % 900 + 1:03d}"
        )
        rows.append(
            CHILD
            | {
                "child_id": f"p{at}",
                "name": chance.choice(names[0]) + "".join(chance.sample(names[1], 2)),
                "sex": "男" if int(no[16]) % 2 else "女",
                "birth_date": f"{no[6:10]}-{no[10:12]}-{no[12:14]}",
                "id_number": no,
                "enrolment": kind,
                "township": towns[min(8, int(chance.expovariate(0.4)))],
                "village": chance.choice("东西南北") + "村",
                "expected_grade": 2027 - year - 6 if year > 2011 else 9,
                "attendance": {"enrolled": chance.choices(["attending", "absent"], (98, 2))[0]}.get(
                    kind, "unknown"
                ),
                "groups": chance.choices(
                    ["", "农村低保", "脱贫户", "残疾:智力二级", "孤儿", "农村低保;脱贫户"],
                    (70, 9, 12, 3, 1, 5),
                )[0],
                "school": chance.choice(towns) + "中心学校" if kind == "enrolled" else "",
                "grade": "",
                "sources": f"{HOUSEHOLD}#1:{at + 100}",
                "roll_source": f"{ROLL}#1:{at + 100}" if kind == "enrolled" else "",
                "explanation": "各学籍名单中没有号码相同或相近、姓名与出生日期相近的人",
                "probability": {"enrolled": 0.9991, "review": 0.61}.get(kind, 0.0),
            }
        )
    return rows


def _links(children: pd.DataFrame) -> pd.DataFrame:
    rows = [
        LINK
        | {
            "child_id": "c4",
            "left_source": f"{HOUSEHOLD}#1:8",
            "right_source": f"{ROLL}#1:12",
            "left_name": "王佳",
            "right_name": "王嘉",
            "left_id": NUMBER,
            "right_id": OTHER_NUMBER,
        },
        LINK
        | {
            "link_id": "L0",
            "child_id": "c1",
            "decision": "accepted",
            "probability": 0.9999,
            "left_name": "张小明",
            "right_name": "张小明",
        },
    ]
    for at, child in children[
        (children["enrolment"] == "review") & (children["child_id"] != "c4")
    ].iterrows():
        rows.append(
            LINK
            | {
                "link_id": f"L{at}",
                "child_id": child["child_id"],
                "left_source": child["sources"],
                "probability": 0.61,
                "right_source": f"{ROLL}#1:{at}",
                "left_name": child["name"],
                "right_name": child["name"][:2] + "莹",
                "left_id": child["id_number"],
                "right_id": child["id_number"][:13] + "7" + child["id_number"][14:],
                "left_birth": child["birth_date"],
                "right_birth": child["birth_date"][:-2] + "16",
            }
        )
    return pd.DataFrame(rows)


def _corrections() -> pd.DataFrame:
    common = {"file": HOUSEHOLD, "sheet": 1, "row": 8, "name": "王佳", "id_number": NUMBER}
    return pd.DataFrame(
        [
            common
            | {
                "agency": "公安",
                "field": "公民身份号码",
                "value": NUMBER,
                "suggestion": OTHER_NUMBER,
                "basis": f"{ROLL}#1:12",
                "reason": "与学籍相差一位，学籍号码校验通过",
            },
            common
            | {
                "agency": "公安",
                "field": "姓名",
                "value": "王佳",
                "suggestion": "王嘉",
                "basis": f"{ROLL}#1:12",
                "reason": "同音异字，请核对户口簿",
            },
            common
            | {
                "agency": "教育",
                "file": ROLL,
                "row": 12,
                "field": "姓名",
                "value": "王嘉",
                "suggestion": "王佳",
                "basis": f"{HOUSEHOLD}#1:8",
                "reason": "同音异字，请核对户口簿",
            },
        ]
    )


def _readings(count: int) -> list[MadeReading]:
    records = RECORDS.build(
        [
            {
                "file": HOUSEHOLD,
                "sheet": 1,
                "row": 4 + at,
                "name": "甲",
                "id_number": "" if at == 2 else NUMBER,
            }
            for at in range(5 + count)
        ]
    )
    return [
        MadeReading(
            HOUSEHOLD,
            "household",
            records,
            (
                MadeSheet(
                    1, "Sheet1", "household", MadeRows(len(records) + 4, 2, 1, 0, 0, 0, 0, len(records), 1)
                ),
            ),
        ),
        MadeReading(
            WELFARE,
            "civil_affairs",
            RECORDS.build(
                [{"file": WELFARE, "sheet": 2, "row": 7, "member": m, "name": "乙"} for m in range(2)]
            ),
            (
                MadeSheet(1, "封面", "", MadeRows(2, 2)),
                MadeSheet(
                    2, "低保", "civil_affairs", MadeRows(3, 1, 1, 0, 0, 0, 0, 1, 0), layout="household"
                ),
            ),
        ),
        MadeReading(
            ROLL,
            "roll",
            RECORDS.build([{"file": ROLL, "sheet": 1, "row": 9, "name": "张小明", "id_number": NUMBER}]),
            (MadeSheet(1, "", "roll", MadeRows(3, 0, 1, 1, 0, 0, 0, 1, 0)),),
            format="csv",
            encoding="gb18030",
        ),
        MadeReading(
            ROSTER, "attendance", RECORDS.build([]), (MadeSheet(1, "一班", "attendance", MadeRows(1, 1)),)
        ),
    ]


def made_up_run(count: int = 0) -> RunResult:
    """A finished run over four lists with ``count`` plain children besides the telling ones."""
    children = pd.DataFrame(telling_children() + plain_children(count))
    readings = _readings(count)
    every = pd.concat([reading.records for reading in readings], ignore_index=True)
    issues = pd.DataFrame(
        [
            (
                HOUSEHOLD,
                1,
                6,
                "C",
                "id_number.check_digit",
                "warning",
                "号码 659999201503180119 校验码不符，请核对证件",
            ),
            (HOUSEHOLD, 1, 99, "", "row.no_name", "error", "这一行没有姓名，未作为记录"),
            (WELFARE, 0, 0, "", "file.old_format", "info", "旧版 .xls"),
        ],
        columns=list(ISSUE_COLUMNS),
    )
    in_population = int((children["origin"] == "population").sum())
    screening = MadeScreening(
        children,
        _links(children),
        _corrections(),
        {"child": len(every)},
        {
            "funnel": [
                {
                    "step": "records",
                    "label": "名单上的记录",
                    "count": len(every) + 3 * count,
                    "note": "各部门名单合计",
                },
                {
                    "step": "people",
                    "label": "合并后的儿童",
                    "count": in_population + count // 2,
                    "note": "同一儿童在几份名单上只算一人",
                },
                {
                    "step": "age",
                    "label": "其中学龄儿童",
                    "count": in_population,
                    "note": "2011-09-01 至 2020-08-31 出生",
                },
                {
                    "step": "certain",
                    "label": "号码姓名一致，确定在籍",
                    "count": in_population - in_population // 7,
                    "note": "",
                },
                {"step": "scored", "label": "多项比对后在籍", "count": in_population // 12, "note": ""},
                {
                    "step": "left",
                    "label": "未就学",
                    "count": int((children["enrolment"] == "not_enrolled").sum()),
                    "note": "",
                },
            ]
        },
        {
            "name": "county",
            "version": "2026.1",
            "sha256": "ab" * 32,
            "thresholds": {"accept": 0.99, "review": 0.5},
        },
        model_text(load_model()),
    )
    return RunResult(
        screening=screening,
        quality=ordinary(60).screen().quality,
        readings=readings,
        issues=issues,
        as_of=date(2026, 9, 1),
        settings={"workers": 2, "as": {}},
        started=datetime(2026, 9, 5, 9, 30),
        finished=datetime(2026, 9, 5, 9, 31, 12),
        timings={"读取": 12.5, "匹配": 48.25, "输出": 3.1},
        memory=700 << 20,
    )

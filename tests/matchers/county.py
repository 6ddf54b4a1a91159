"""Small made-up counties: lists of records as connectors give them, one child at a time.

Identity numbers use region prefixes that no county has (6599xx) and real check digits.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd

from matchers import Model, Screening, load_model, screen
from matchers.decisions import Decisions
from matchers.people import People
from matchers.steps.s1_prepare import prepare
from schemas.fields import fields
from schemas.fields.resident_id import check_digit
from schemas.table import RECORDS

AS_OF = date(2026, 9, 1)
REGION = "659901"
FILES = {
    "household": "户籍.xlsx",
    "civil_affairs": "民政.xlsx",
    "poverty": "乡村振兴.xlsx",
    "disability": "残联.xlsx",
    "roll": "学籍.xlsx",
    "attendance": "花名册.xlsx",
}
SCHOOL = "城关第一小学"
UNCOVERED = "河西第二小学"

Values = dict[str, str]


@cache
def model() -> Model:
    return load_model()


def number(birth: str, sequence: int, region: str = REGION) -> str:
    """A number that passes every check: the sequence is odd for a boy, even for a girl."""
    first = f"{region}{birth.replace('-', '')}{sequence:03d}"
    return first + check_digit(first)


def birthday_in(id_number: str) -> str:
    return f"{id_number[6:10]}-{id_number[10:12]}-{id_number[12:14]}"


def one_digit_off(id_number: str, place: int = 16) -> str:
    """The number with one digit mistyped; it fails its check digit."""
    return f"{id_number[:place]}{(int(id_number[place]) + 1) % 10}{id_number[place + 1 :]}"


def born(at: int) -> str:
    """A birthday of school age for the case of this place in a table; no two are alike."""
    return (date(2012, 1, 7) + timedelta(days=31 * at)).isoformat()


def family(at: int = 0) -> dict[str, str]:
    """What the household register says of a family; no two have anything in common."""
    head = "欧阳司马上官诸葛东方皇甫尉迟公孙"[2 * (at % 8) :][:2] + "建国立业兴邦安民振华"[at // 8 % 10]
    return {
        "head_name": head,
        "head_id": number("1984-02-03", 117 + 2 * at),
        "household_no": f"X{at}",
        "address": f"城关镇{'柳杨槐桑桃李杏梅'[at % 8]}树坪村{1 + at}组7号",
        "phone": f"1380000{7000 + 37 * at}",
    }


def known_at_school(at: int = 0) -> dict[str, str]:
    """What the school says of the same family."""
    return {"guardian_name": family(at)["head_name"], "phone": family(at)["phone"]}


def cleaned(written: Values) -> Values:
    """The columns of a record as a connector gives them."""
    return {
        column.name: fields()[column.field].clean(written[column.name])
        if column.field
        else written[column.name]
        for column in RECORDS.columns
        if column.name in written
    }


@dataclass
class County:
    """The records of one county, kept in the order in which they were added."""

    rows: list[dict[str, object]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, name: str, id_number: str = "", **values: str) -> str:
        """Add one record as a connector would give it (values cleaned); returns its source."""
        file = values.pop("file", FILES[kind])
        self.counts[file] += 1
        row = self.counts[file] + 1
        values = cleaned({"name": name, "id_number": id_number, **values})
        self.rows.append({"file": file, "sheet": 1, "row": row, "member": 0, "kind": kind, **values})
        return f"{file}#1:{row}"

    def registered(self, name: str, id_number: str = "", **values: str) -> str:
        """Add a child of the household register, with the facts that the register always has."""
        facts = {"relation": "子", "birth_date": birthday_in(id_number) if id_number else ""}
        return self.add("household", name, id_number, **(facts | values))

    def pupil(self, name: str, id_number: str = "", **values: str) -> str:
        """Add a pupil of the roll, at a school that no roster covers."""
        facts = {"school": UNCOVERED, "grade": "五年级", "status": "在籍"}
        facts["birth_date"] = birthday_in(id_number) if id_number else ""
        return self.add("roll", name, id_number, **(facts | values))

    def records(self) -> pd.DataFrame:
        return RECORDS.build(self.rows)

    def screen(self, as_of: date = AS_OF, decisions: Decisions | None = None) -> Screening:
        return screen(self.records(), as_of=as_of, model=model(), decisions=decisions)


def child_at(found: Screening, source: str) -> Values:
    """The one row of the list of children that this record stands in."""
    children = found.children
    held = [source in sources.split(";") for sources in children["sources"]]
    rows = children[held]
    assert len(rows) == 1, f"{source} stands in {len(rows)} children"
    return {str(key): str(value) for key, value in rows.iloc[0].items()}


_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗"
_FIRST = "子雨思佳梓欣浩一俊宇嘉晨明文诗若天志建国"
_SECOND = "涵轩怡琪豪然杰婷慧宁瑶博航悦萱鹏辉莹霖洁"


def ordinary(size: int = 100, seed: int = 1) -> County:
    """A county of ordinary children, to plant the hard ones among."""
    made = _ordinary(size, seed)
    return County(list(made.rows), made.counts.copy())


@cache
def _ordinary(size: int, seed: int) -> County:
    """Each child registered with a family, and on the roll under the same number."""
    draw = random.Random(seed)
    county = County()
    county.add("household", "郑大山", number("1980-05-06", 111), relation="户主", household_no="H0")
    for at in range(size):
        name = draw.choice(_SURNAMES) + draw.choice(_FIRST) + draw.choice(_SECOND)
        born = (date(2011, 9, 1) + timedelta(days=draw.randrange(3287))).isoformat()
        sequence = 500 + at % 400
        own = number(born, sequence)
        father = name[0] + draw.choice(_FIRST) + draw.choice("强军伟勇刚平华林")
        father_id = number(f"{draw.randrange(1975, 1992)}-04-{1 + at % 28:02d}", 101 + 2 * (at % 200))
        phone = f"139{draw.randrange(10**8):08d}"
        village = f"城关镇{draw.choice('东西南北')}{draw.choice('沟岭坪湾')}村{1 + at % 9}组{1 + at % 60}号"
        county.registered(
            name,
            own,
            sex="男" if sequence % 2 else "女",
            head_name=father,
            head_id=father_id,
            household_no=f"H{at + 1}",
            address=village,
            phone=phone,
        )
        county.pupil(
            name,
            own,
            sex="男" if sequence % 2 else "女",
            guardian_name=father,
            phone=phone,
            school=SCHOOL if at % 4 else UNCOVERED,
        )
        if at % 4:
            county.add("attendance", name, own, school=SCHOOL, attends="是")
    return county


def crowd(seed: int, size: int = 40) -> County:
    """Children of few names, birthdays and families, on lists with every defect: a county of doubts."""
    draw = random.Random(seed)
    county = County()
    names = ["次仁", "才仁", "卓玛", "扎西", "王子涵", "王梓涵", "李明", "阿卜杜拉·买买提", "阿布都拉·买买提"]
    for at in range(size):
        name, day, home = draw.choice(names), draw.choice(["2014-03-05", "2014-05-03", "2015-03-05"]), at % 11
        own = number(day, 11 + at)
        slip = one_digit_off(own, draw.randrange(17))
        defects = [own, own, own, "", slip, own[:14] + "****", own[:15] + "***", own[:6] + own[8:17]]
        days = [day, day, day, day[:7], day[:4], ""]
        county.registered(name, draw.choice(defects), birth_date=draw.choice(days), **family(home))
        if at % 2:
            county.add("poverty", name, draw.choice(defects), birth_date=draw.choice(days), **family(home))
        if at % 3:
            known = known_at_school(home) if at % 4 else {}
            county.pupil(name, draw.choice(defects), birth_date=draw.choice(days), **known)
        if at % 5 == 0:
            county.add("attendance", name, draw.choice(defects), school=UNCOVERED)
    return county


def people_of(rows: list[dict[str, str]]) -> People:
    """The records as arrays, in the order of ``rows``."""
    listed = prepare(RECORDS.build(rows), AS_OF)
    return listed.people.take(np.argsort(listed.at))

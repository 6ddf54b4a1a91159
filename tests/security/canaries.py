"""Values that stand for one made-up child each and occur nowhere else, and every form they could leak in."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from tests.service.uploads.county import number

CHILD: Mapping[str, str] = {
    "name": "欧阳犇骉",
    "former_name": "欧阳垚焱",
    "birth_date": "2014-07-29",
    "id_number": number(415, "2014-07-29"),
    "head_name": "慕容淼鑫",
    "head_id": number(417, "1979-11-23"),
    "guardian_name": "上官猋羴",
    "guardian_id": number(418, "1983-12-19"),
    "phone": "18800659931",
    "address": "青禾县城关镇凤树村9组4417号",
    "live_address": "青禾县城关镇凤树村桑榆里7731号",
    "village": "凤树村",
    "household_no": "H77310045",
    "ethnicity": "塔吉克族",
    "remark": "随父外出金丝雀",
}
"""Field of ``schemas.masking`` -> value: enrolled, and in every list."""

DISABLED: Mapping[str, str] = {
    "disability_no": CHILD["id_number"] + "53",
    "disability_category": "智力残疾",
}
OTHER: Mapping[str, str] = {
    "name": "司徒骁骐",
    "birth_date": "2013-03-27",
    "id_number": number(421, "2013-03-27"),
    "guardian_name": "公孙翀翯",
    "phone": "18800659932",
    "address": "青禾县清溪镇石井村2组8813号",
}
"""A child of the other township, whose pupil record differs by a digit and a character."""

MISSING: Mapping[str, str] = {
    "name": "长孙翮翥",
    "birth_date": "2015-06-18",
    "id_number": number(445, "2015-06-18"),
    "head_name": "皇甫鑫淼",
    "guardian_name": "万俟芃芃",
    "phone": "18800659933",
    "address": "青禾县城关镇石榴村6组5529号",
}
"""A child of the first township who is on no roll, and so becomes a case."""

BY_HAND: Mapping[str, str] = {
    "name": "呼延翊翾",
    "birth_date": "2017-04-25",
    "guardian_name": "濮阳赟赟",
    "phone": "18800659934",
    "address": "青禾县城关镇桑枣村工棚5530号",
}
"""A child of the first township whom somebody found, on no list."""

TALK: Mapping[str, str] = {
    "id_number": MISSING["id_number"],
    "phone": "18800659935",
    "case_note": "姑妈说跟着船去了鹤鸣湾",
}
"""What people have written into the case, numbers within the words."""

OTHER_PUPIL = number(423, "2013-03-27")
FILE_NAME = "夏侯翾翊的材料"
HEADER = "端木铖镕"
"""Stands where the header of a column should stand."""

NUMBERS = ("id_number", "head_id", "guardian_id", "disability_no")


def _name(at: int) -> str:
    return "赵" + "甲乙丙丁戊己庚辛壬癸子丑寅卯"[at] + "东西南北"[at % 4]


def _head(at: int) -> str:
    return "赵" + "金木水火土"[at % 5] + "生"


def household(rows: int = 14) -> bytes:
    """The police's list: both children, among others that match nobody."""
    head = (
        "户号,户主姓名,户主公民身份号码,与户主关系,姓名,曾用名,性别,民族,出生日期,公民身份号码,"
        f"户籍地址,监护人,监护人身份证号,联系电话,备注,{HEADER}"
    )
    c, o = CHILD, OTHER
    lines = [
        head,
        f"{c['household_no']},{c['head_name']},{c['head_id']},子,{c['name']},{c['former_name']},男,"
        f"{c['ethnicity']},{c['birth_date']},{c['id_number']},{c['address']},{c['guardian_name']},"
        f"{c['guardian_id']},{c['phone']},{c['remark']},",
        f"2,钱一,{number(431, '1980-01-03')},女,{o['name']},,女,汉族,{o['birth_date']},{o['id_number']},"
        f"{o['address']},{o['guardian_name']},,{o['phone']},,",
    ]
    m = MISSING
    lines.append(
        f"3,{m['head_name']},,孙女,{m['name']},,女,汉族,{m['birth_date']},{m['id_number']},{m['address']},"
        f"{m['guardian_name']},,{m['phone']},,"
    )
    for at in range(rows):
        born = f"{2011 + at % 8}-0{1 + at % 9}-1{at % 10}"
        town = ("城关镇", "清溪镇")[at % 2]
        lines.append(
            f"{at + 10},{_head(at)},,子,{_name(at)},,男,汉族,{born},"
            f"{number(2 * at + 501, born)},青禾县{town}赵家村{at}号,{_head(at)},,,,"
        )
    return "\n".join(lines).encode()


def roll(rows: int = 12) -> bytes:
    """The bureau's list of pupils."""
    c, o = CHILD, OTHER
    lines = [
        "学校名称,学籍号,姓名,曾用名,性别,出生日期,民族,身份证件号,年级,班级,学生当前状态,现住址,监护人姓名,监护人电话",
        f"青禾县城关镇中心小学,G{c['id_number']},{c['name']},,男,{c['birth_date']},{c['ethnicity']},"
        f"{c['id_number']},六年级,1班,在读,{c['live_address']},{c['guardian_name']},{c['phone']}",
        f"青禾县清溪镇中心小学,G{OTHER_PUPIL},司徒晓骐,,女,{o['birth_date']},汉族,"
        f"{OTHER_PUPIL},七年级,1班,在读,,{o['guardian_name']},{o['phone']}",
    ]
    for at in range(rows):
        born = f"{2011 + at % 8}-0{1 + at % 9}-1{at % 10}"
        lines.append(
            f"青禾县清溪镇中心小学,G{number(2 * at + 501, born)},{_name(at)},,男,{born},汉族,"
            f"{number(2 * at + 501, born)},三年级,2班,在读,,{_head(at)},"
        )
    return "\n".join(lines).encode()


def disability() -> bytes:
    """The federation's list: one child."""
    c, d = CHILD, DISABLED
    return (
        "序号,乡镇（街道）,残疾人姓名,性别,残疾人证号,残疾类别,残疾等级,监护人,联系电话,现居住地址\n"
        f"1,城关镇,{c['name']},男,{d['disability_no']},{d['disability_category']},三级,{c['guardian_name']},"
        f"{c['phone']},{c['live_address']}\n"
    ).encode()


def aid() -> bytes:
    """Who is paid: both listed children, one of them in no class."""
    head = "序号,学校名称,年级,学生姓名,性别,身份证号,是否寄宿,认定类型,资助项目,资助金额(元),发放学期,监护人"
    lines = [
        f"{at},青禾县城关镇中心小学,六年级,{each['name']},男,{each['id_number']},否,农村低保,"
        f"家庭经济困难学生生活补助,500,2026年秋季学期,{each['guardian_name']}"
        for at, each in enumerate((CHILD, MISSING), 1)
    ]
    return "\n".join([head, *lines]).encode()


@dataclass(frozen=True)
class Needle:
    """A value to look for: ``field`` of ``schemas.masking``, and the bytes that would be it."""

    field: str
    value: str
    forms: tuple[bytes, ...]


def needles(values: Mapping[str, str]) -> list[Needle]:
    """One for each value, with all its forms."""
    return [Needle(field, value, forms(field, value)) for field, value in values.items()]


@cache
def forms(field: str, value: str) -> tuple[bytes, ...]:
    """The value plain, escaped, in other encodings, in base64, hashed; of a number also its end."""
    texts = {value}
    if field in NUMBERS:
        texts |= {value[-12:], value[6:], value.lower()}
    if field == "birth_date":
        texts |= {value.replace("-", ""), value.replace("-", "/")}
    found = {text.encode(coding) for text in texts for coding in ("utf-8", "gb18030", "utf-16-le")}
    raw = value.encode()
    found |= {quote(value).encode(), html.escape(value).encode()}
    found |= {json.dumps(value)[1:-1].encode(), value.encode("unicode_escape"), repr(raw)[2:-1].encode()}
    found |= set(_base64(raw))
    for name in ("sha256", "sha1", "md5"):
        digest = hashlib.new(name, raw)
        found |= {digest.hexdigest().encode(), digest.hexdigest().upper().encode(), digest.digest()}
        found.add(base64.b64encode(digest.digest())[:-2])
    return tuple(found)


def _base64(raw: bytes) -> Iterator[bytes]:
    """What of a longer text's base64 depends on this value alone, at each of three offsets."""
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + raw)
        first = (offset * 8 + 5) // 6 if offset else 0
        whole = (offset + len(raw)) // 3 * 4
        if whole - first >= 8:
            yield text[first:whole]


def hexed(found: list[Needle]) -> list[Needle]:
    """The same with the hexadecimal of each form: what a dump makes of bytes."""
    return [
        Needle(each.field, each.value, (*each.forms, *(form.hex().encode() for form in each.forms)))
        for each in found
    ]


def _unpacked(data: bytes) -> bytes:
    """What an archive holds with its names, archives within it too; other bytes as they are."""
    if data[:2] != b"PK":
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"\n".join(
            part for name in archive.namelist() for part in (name.encode(), _unpacked(archive.read(name)))
        )


def leaks(data: bytes, sought: list[Needle]) -> set[str]:
    """Fields whose values stand in some bytes, within archives too."""
    data = _unpacked(data)
    return {each.field for each in sought if any(form in data for form in each.forms)}

"""What a column holds, told from a sample of its values and not from its header."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from connectors.formats.grid import Body, filled

SAMPLE = 300
"""Values looked at in one column, spread evenly over it: a share is then known to about 3 %."""

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_NOISE = re.compile(r"[\s'`‘’“”\"\u200b\ufeff]")
_HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇□▢"
_DOTS = "·•・‧∙⋅●．.﹒˙ᐧ"


def fold(value: str) -> str:
    """A value without widths, quotes and blanks, for tests only."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", value)).upper()


def _born(digits: str) -> bool:
    return digits[:2] in ("19", "20") and "01" <= digits[4:6] <= "12" and "01" <= digits[6:8] <= "31"


def is_valid_id(value: str) -> bool:
    """18 characters with a possible birth date and the right check digit (GB 11643)."""
    if len(value) != 18 or not value[:17].isdecimal() or not _born(value[6:14]):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, value, strict=False))
    return "10X98765432"[total % 11] == value[17]


def _is_near_id(value: str) -> bool:
    """An identity number with slips: digits too many, too few, hidden or lost; 15 digits; permits."""
    if re.fullmatch(r"[1-9]\d{5}[\d*]{8}[\d*×]{2,4}[\dX*×]", value):
        shown = value[6:14]
        return "*" in shown or _born(shown) or len(value) != 18
    if re.fullmatch(r"[1-9]\d{5}\d{2}(0\d|1[0-2])([0-2]\d|3[01])\d{3}", value):
        return True
    return bool(
        re.fullmatch(
            r"[1-9](\.\d+)?E\+?1[4-9]|[1-9]\d{5}\*{6,10}[\dX*]{3,4}|[A-Z]{1,3}\d{7,12}\(?[\dA-Z]?\)?", value
        )
    )


def _is_name(value: str) -> bool:
    core = re.sub(r"[(（\[].*", "", value).strip()
    if re.fullmatch(rf"[{_HAN}\ue000-\uf8ff*?？]{{2,4}}", core.replace(" ", "")):
        return not re.search(
            r"[县乡镇村组校省]$|街道$|学校|小学|中学|年级|残疾|^(健康|是|否|男|女|汉族|其他|合计|小计)", core
        )
    if any(dot in core for dot in _DOTS):
        return bool(re.fullmatch(rf"[{_HAN}{re.escape(_DOTS)}\sA-Za-z]{{3,30}}", core))
    return bool(
        re.fullmatch(rf"[{_HAN}]{{5,15}}|[A-Za-z][A-Za-z .'-]{{2,40}}|[{_HAN}]{{2,12}}[^\d]{{0,30}}", core)
    ) and not re.search(r"[县乡镇村组校号省社路]|街道|学校|小学|中学|年级|残疾|[,，;；]", core)


_DATE = re.compile(
    r"(19|20)\d{2}[-/.年]\d{1,2}([-/.月]\d{1,2}日?)?月?([ T].*)?"
    r"|(19|20)\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])?(\.0)?"
    r"|[1-4]\d{4}(\.0)?|\d{1,2}[-/]\d{1,2}[-/](19|20)\d{2}|(农历|阴历).*|.*[〇零一二三四五六七八九]{4}年.*|\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
)

TESTS: Mapping[str, tuple[Callable[[str], object], str]] = {
    "id_valid": (lambda v: is_valid_id(fold(v)), "校验通过的身份证号"),
    "id_near": (lambda v: is_valid_id(fold(v)) or _is_near_id(fold(v)), "身份证号的样子"),
    "student_no": (re.compile(r"[GJL]\d{14,18}[\dX]?").fullmatch, "学籍号"),
    "disability_no": (re.compile(r"\d{17}[\dX][1-7][1-4](B\d?|\d)?").fullmatch, "残疾人证号"),
    "name": (_is_name, "姓名的样子"),
    "date": (lambda v: _DATE.fullmatch(fold(v)), "日期"),
    "sex": (re.compile(r"男|女|男性|女性|[0129MFmf]|男孩|女孩").fullmatch, "性别"),
    "phone": (lambda v: re.search(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}|^\d{7,8}$", fold(v)), "电话号码"),
    "ethnicity": (re.compile(rf"[{_HAN}]{{1,6}}族?|[0-5]?\d").fullmatch, "民族"),
    "relation": (
        re.compile(
            r".{0,6}(户主|本人|子|女|妻|夫|配偶|孙|父|母|兄|弟|姐|妹|媳|婿|儿|亲属|侄|甥|爷|奶|祖|叔|伯|舅|姑|其他|非亲属).{0,4}|\d{1,2}"
        ).fullmatch,
        "与户主关系",
    ),
    "grade": (re.compile(r".*(年级|初|高|小|班|级|幼|园|[1-9]).*").fullmatch, "年级"),
    "class_name": (re.compile(r".*(班|级|[0-9一二三四五六七八九十]).*").fullmatch, "班级"),
    "place": (
        re.compile(rf".*[省市州盟县区旗乡镇村组社街路巷屯寨号庄苑园栋].*|[{_HAN}××]{{2,12}}").fullmatch,
        "地名",
    ),
    "school": (re.compile(rf".*[{_HAN}].*").fullmatch, "学校名称的样子"),  # 一小, 二中, 实验 are schools too
    "category": (
        re.compile(r".*(视力|听力|言语|肢体|智力|精神|多重|聋|哑|盲|残).*|[1-7]").fullmatch,
        "残疾类别",
    ),
    "level": (re.compile(r".*[一二三四1234壹贰叁肆ⅠⅡⅢⅣ].*|.*(重度|中度|轻度).*").fullmatch, "残疾等级"),
    "id_type": (
        re.compile(r".*(身份证|护照|户口|通行证|居留|证|其他).*|[0-9A-Z]{1,2}").fullmatch,
        "证件类型",
    ),
    "number": (re.compile(r"[A-Za-z]{0,3}\d{1,24}[\d-]*\*{0,9}|.*\d.*").fullmatch, "编号"),
    "text": (lambda v: not re.fullmatch(r"\d{15,}", v), "文字"),
}

EXPECTED: Mapping[str, tuple[str, float]] = {
    "name": ("name", 0.5),
    "former_name": ("name", 0.3),
    "head_name": ("name", 0.5),
    "guardian_name": ("name", 0.4),
    "id_number": ("id_near", 0.3),
    "head_id": ("id_near", 0.3),
    "guardian_id": ("id_near", 0.3),
    "id_type": ("id_type", 0.5),
    "birth_date": ("date", 0.4),
    "sex": ("sex", 0.5),
    "ethnicity": ("ethnicity", 0.5),
    "relation": ("relation", 0.4),
    "household_no": ("number", 0.5),
    "phone": ("phone", 0.3),
    "address": ("place", 0.4),
    "live_address": ("place", 0.4),
    "county": ("place", 0.4),
    "township": ("place", 0.4),
    "village": ("place", 0.4),
    "school": ("school", 0.4),
    "grade": ("grade", 0.5),
    "class_name": ("class_name", 0.4),
    "student_no": ("student_no", 0.2),
    "disability_no": ("disability_no", 0.3),
    "disability_category": ("category", 0.4),
    "disability_grade": ("level", 0.4),
}
"""What the values of a field look like, and the share from which a column may hold it."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The sample of one column: its distinct values, the share of filled rows, the filled rows seen."""

    values: tuple[str, ...]
    filled: float
    seen: int = 0

    def share(self, test: str) -> float:
        """The share of sampled values that pass a test of ``TESTS``; 0 for an empty column."""
        return _share(self.values, test) if self.values else 0.0

    @property
    def birth_years(self) -> list[int]:
        """Birth years in the valid identity numbers of the sample, sorted."""
        return sorted(int(fold(value)[6:10]) for value in self.values if is_valid_id(fold(value)))


@lru_cache(maxsize=4096)  # a column is asked the same by several rules, and again once its source is known
def _share(values: tuple[str, ...], test: str) -> float:
    passes = TESTS[test][0]
    return sum(1 for value in values if passes(value)) / len(values)


def profile(body: Body, column: int) -> Profile:
    """Sample a column; where it is nearly empty all rows are looked at, so that rare members count too."""
    step = max(1, len(body) // SAMPLE)
    seen = body.cells(column, np.arange(0, len(body), step))
    values = [value for value in seen if value]
    share = len(values) / max(1, len(seen))
    if step > 1 and len(values) < 20:
        values = body.cells(column, np.flatnonzero(filled(body.column(column)))[:50])
    # A line break within a cell is no part of its value, and no "." of a test would match it.
    return Profile(tuple(dict.fromkeys(" ".join(value.split()) for value in values)), share, len(values))


def sentence(test: str, share: float) -> str:
    """The test behind a decision, for people."""
    return f"{share:.0%} 的值是{TESTS[test][1]}"

"""The time limits of verification (时限): what each is, how long by default, and by what paper.

Places differ, so a county sets its own and names the document that it follows (``service.limits``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

UNITS: Mapping[str, str] = {
    "days": "天",
    "workdays": "个工作日",
    "hours": "小时",
    "switch": "1 为执行，0 为不执行",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """One time limit.

    Attributes:
        amount: in ``unit`` (``UNITS``), where the county has set none. most: the longest that may be set.
        source: the document that the amount comes from.
        about: from when to when it runs.
    """

    code: str
    label: str
    amount: int
    unit: str
    most: int
    source: str
    about: str


LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        limit.code: limit
        for limit in (
            Limit(
                "accept",
                "签收",
                2,
                "workdays",
                30,
                "本县联席会议制度（未填写时按 2 个工作日）",
                "从分派到签收",
            ),
            Limit(
                "verify",
                "核查",
                14,
                "days",
                120,
                "本县联席会议制度（未填写时按 14 天）",
                "从分派到上报结果",
            ),
            Limit(
                "approve",
                "审核",
                3,
                "workdays",
                30,
                "本县联席会议制度（未填写时按 3 个工作日）",
                "从上报到审核",
            ),
            Limit(
                "request",
                "协查、退回校核的答复",
                5,
                "workdays",
                30,
                "政务数据共享的地方规定：核实 2 个、答复 5 个、尚未发布的数据 10 个工作日",
                "从发出到答复",
            ),
            Limit(
                "report",
                "发现失学辍学的书面报告",
                24,
                "hours",
                240,
                "学校控辍保学工作制度：发现后 24 小时内书面报告",
                "从发现到书面报告",
            ),
            Limit(
                "same_day",
                "辍学上报不过夜",
                1,
                "switch",
                1,
                "学校控辍保学工作制度：辍学上报不过夜",
                "发现的当天先行上报",
            ),
            Limit(
                "remind",
                "到期前提醒",
                3,
                "days",
                30,
                "本县联席会议制度（未填写时提前 3 天）",
                "到期前几天列入待办",
            ),
        )
    }
)


def after_workdays(day: date, count: int) -> date:
    """The day so many working days later; Saturdays and Sundays are none.

    Public holidays are not known here: who has one in between sets a later day.

    >>> after_workdays(date(2026, 9, 18), 5)
    datetime.date(2026, 9, 25)
    """
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day

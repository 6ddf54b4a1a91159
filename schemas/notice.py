"""Notices (文书) and the ladder of the law on which one may follow another: a table.

依法控辍四步法 (Pu'er 2020): 宣传教育, 责令改正, 行政处罚, 申请强制执行或提起诉讼. What each step rests on
stands beside it and is shown where it is taken; a lawyer of the county should read this table before the
first order goes out. ``service.notices`` obeys it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One kind of notice.

    Attributes:
        name, label: in code; and as it is headed.
        issuers: kinds of agency (``schemas.permission.AGENCY_KINDS``) that may issue it.
        after: the step that must have been delivered, with its term over, "" where none.
        term: days that it gives, counted from the day after its delivery; 0 where it gives none.
        wait: days after the delivery of the step before, where the law asks for more than that step's term.
        states: of a case (``schemas.case.STATES``) in which it may be issued.
        basis: whether the rule must be named on which it rests, the law of the land being not enough.
        ladder: whether it is a step against the guardian; an inquiry at another place is none.
        source: what asks for it.
    """

    name: str
    label: str
    issuers: tuple[str, ...]
    after: str
    term: int
    source: str
    wait: int = 0
    states: tuple[str, ...] = ("persuading",)
    basis: bool = False
    ladder: bool = True


NOTICES: Mapping[str, NoticeKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            NoticeKind(
                "persuade",
                "劝返通知书",
                ("school", "village", "township", "education"),
                "",
                7,
                "各地控辍保学工作方案：学校、村(社区)发出，由家长签收(如拉萨市2019年)",
            ),
            NoticeKind(
                "return_by",
                "限期复学通知书",
                ("township",),
                "persuade",
                10,
                "各地控辍保学“七长”责任制：劝返无效的，由乡镇人民政府发出",
            ),
            NoticeKind(
                "order",
                "责令限期改正通知书",
                ("township", "education"),
                "return_by",
                15,
                "《中华人民共和国义务教育法》第五十八条",
            ),
            NoticeKind(
                "penalty",
                "行政处罚决定书",
                ("township", "education"),
                "order",
                15,
                "“依法控辍四步法”第三步；须另有地方性法规或规章为依据，履行期限见《行政处罚法》第六十七条",
                basis=True,
            ),
            NoticeKind(
                "enforce",
                "强制执行申请书",
                ("township", "education"),
                "penalty",
                0,
                "“依法控辍四步法”第四步；《行政强制法》第五十三条、《行政诉讼法》第四十六条(起诉期限六个月届满后申请)",
                wait=183,
                basis=True,
            ),
            NoticeKind(
                "sue",
                "民事起诉状",
                ("township", "education"),
                "penalty",
                0,
                "“依法控辍四步法”第四步；管辖与案由由司法行政部门或法律顾问审核",
                basis=True,
            ),
            NoticeKind(
                "inquiry",
                "外出就读协查函",
                ("education", "township", "school"),
                "",
                15,
                "各地核查办法：跨县区学校间协助调查",
                states=("assigned", "verifying", "persuading", "watching", "searching"),
                ladder=False,
            ),
        )
    }
)

LADDER = tuple(name for name, kind in NOTICES.items() if kind.ladder)
"""The steps in their order."""

TERMS = (1, 90)
"""Days that may be given instead of a kind's own."""


@dataclass(frozen=True, slots=True)
class Given:
    """A notice that was issued and not withdrawn. ``served``: the day on which it was delivered."""

    kind: str
    number: str
    served: date | None
    term: int

    @property
    def ends(self) -> date | None:
        """The last day of its term; None while it is not delivered."""
        return None if self.served is None else self.served + timedelta(days=self.term)


def obstacle(kind: NoticeKind, given: Sequence[Given], issuer: str, state: str, today: date) -> str:
    """Why a notice may not be issued now, and what to do; "" where it may.

    Args:
        given: notices about the child since it was last at school, in the order of issue.
        issuer: kind of the agency that would issue it. state: of the case.
    """
    if issuer not in kind.issuers:
        return f"《{kind.label}》不能由本单位制发。"
    if state not in kind.states:
        return f"个案现在的状态不能制发《{kind.label}》。" + (
            "核查结果为失学辍学、经审核进入“劝返中”后才能制发。" if kind.ladder else "请先分派个案。"
        )
    same = next((each for each in reversed(given) if each.kind == kind.name), None)
    if same and (same.ends is None or same.ends >= today):
        until = f"期限至 {same.ends:%Y-%m-%d}" if same.ends else "尚未登记送达"
        return f"已有《{kind.label}》{same.number}，{until}，不能重复制发。"
    return _too_early(kind, given, today) if kind.after else ""


def _too_early(kind: NoticeKind, given: Sequence[Given], today: date) -> str:
    """What is missing of the step before."""
    needed = NOTICES[kind.after]
    before = next((each for each in reversed(given) if each.kind == kind.after), None)
    if before is None:
        return f"须先制发并送达《{needed.label}》，期满仍未复学的，才能制发《{kind.label}》。"
    if before.served is None or before.ends is None:
        return f"《{needed.label}》{before.number} 还没有登记送达。请先登记送达日期和签收人。"
    over = max(before.ends, before.served + timedelta(days=kind.wait))
    if today <= over:
        return (
            f"《{needed.label}》{before.number} 于 {before.served:%Y-%m-%d} 送达，"
            f"{over:%Y-%m-%d} 期满后才能制发《{kind.label}》。"
        )
    return ""

"""Who may do what, and on whose rows: the one table that routes, pages, API and tests read.

A role is given to a person, several may be held together unless ``EXCLUSIVE`` says no. An action is what a
route declares (``service.accounts.guard.needs``). A reach says on whose rows: the whole county, the region of
the person's agency with all below it, or the agency's own. Denied is what is not written here.

The three administrators follow GB/T 22239-2019, 8.1.4.2: nobody holds two of them, or one beside a role that
works with children's records.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

Reach = Literal["own", "region", "all"]
REACHES: tuple[Reach, ...] = ("own", "region", "all")
"""From the narrowest to the widest."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role: Chinese ``label``, its ``english``, the ``kinds`` of agency whose people hold it (or any)."""

    name: str
    label: str
    english: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done. ``grants`` maps role -> reach; ``label`` is shown where it is refused."""

    name: str
    label: str
    grants: Mapping[str, Reach]


AGENCY_KINDS: Mapping[str, str] = {
    "education": "教育局",
    "police": "公安局",
    "civil_affairs": "民政局",
    "rural_revival": "乡村振兴局",
    "disabled_federation": "残疾人联合会",
    "health": "卫生健康局",
    "justice": "司法局",
    "womens_federation": "妇女联合会",
    "youth_league": "共青团委",
    "township": "乡镇人民政府(街道办事处)",
    "village": "村(居)民委员会",
    "school": "学校",
}
"""Kinds of agency, in the order of the joint meeting's members (domain: 控辍保学联席会议)."""

LIST_OWNERS: Mapping[str, str] = {
    "household": "police",
    "roll": "education",
    "attendance": "education",
    "civil_affairs": "civil_affairs",
    "poverty": "rural_revival",
    "disability": "disabled_federation",
    "aid": "education",
}
"""Kind of list -> the kind of agency that sends it."""

GIVEN_ALONE = ("school", "village")
"""Kinds of agency whose people reach no region: only cases given to them, and children whom they enter."""

OF_A_REGION = ("child.view", "child.export", "case.assign", "case.ask", "figure.view")
"""What concerns all children of a region, or who verifies them: not for those."""

UNASKED_LISTS = ("aid",)
"""Kinds that a round takes and does not ask for."""

_SENDERS = (
    "education",
    "police",
    "civil_affairs",
    "rural_revival",
    "disabled_federation",
    "health",
    "school",
)
_MEMBERS = (*_SENDERS, "justice", "womens_federation", "youth_league")

ROLES: Mapping[str, Role] = {
    role.name: role
    for role in (
        Role("officer", "教育局经办人", "bureau officer", ("education",)),
        Role("clerk", "部门经办人", "agency clerk", _SENDERS),
        Role("verifier", "核查人员", "verifier", ("township", "village", "school")),
        Role("member", "联席会议成员", "meeting member", _MEMBERS),
        Role("leader", "分管领导", "leader", ("education",)),
        Role("auditor", "审计人员", "auditor"),
        Role("system_admin", "系统管理员", "system administrator"),
        Role("security_admin", "安全管理员", "security administrator"),
        Role("audit_admin", "审计管理员", "audit administrator"),
    )
}

ADMINISTRATORS = ("system_admin", "security_admin", "audit_admin")
EXCLUSIVE: tuple[frozenset[str], ...] = tuple(
    frozenset({administrator, other})
    for administrator in ADMINISTRATORS
    for other in ROLES
    if other != administrator
)
"""Pairs of roles that nobody holds together."""


def sends(agency_kind: str, list_kind: str) -> bool:
    """Whether agencies of a kind send lists of a kind; a school sends what the education bureau does."""
    return LIST_OWNERS.get(list_kind) == ("education" if agency_kind == "school" else agency_kind)


def _all(*roles: str) -> dict[str, Reach]:
    return dict.fromkeys(roles, "all")


_COUNTY = ("officer", "leader", "auditor")
_IN_PLACE: dict[str, Reach] = {**_all("officer"), "verifier": "region"}
_CASES: dict[str, Reach] = {**_all(*_COUNTY, "member"), "verifier": "region", "clerk": "own"}
_EVERYBODY: dict[str, Reach] = dict.fromkeys(ROLES, "own")

ACTIONS: Mapping[str, Action] = {
    action.name: action
    for action in (
        Action("self.use", "使用本人账号", _EVERYBODY),
        Action("api_key.use", "管理本人的接口密钥", {**_all("officer"), "clerk": "own"}),
        Action(
            "round.view", "查看核查批次", {**_all(*_COUNTY, "member"), "clerk": "own", "verifier": "region"}
        ),
        Action("round.edit", "新建、修改核查批次", _all("officer")),
        Action("round.move", "推进核查批次", _all("officer", "leader")),
        Action("list.view", "查看名单", {**_all(*_COUNTY), "clerk": "own"}),
        Action("list.upload", "上传名单", {**_all("officer"), "clerk": "own"}),
        Action("list.download", "下载本单位名单", {"officer": "own", "clerk": "own"}),
        Action("feed.edit", "管理自动报送", {**_all("officer"), "clerk": "own"}),
        Action("run.view", "查看比对", _all(*_COUNTY, "member")),
        Action("run.start", "运行比对", _all("officer")),
        Action(
            "child.view",
            "查看儿童",
            {**_all(*_COUNTY, "member"), "verifier": "region"},
        ),
        Action("child.export", "导出儿童名单", {**_all("officer"), "verifier": "region"}),
        Action("child.unmask", "查看隐去的信息", {**_all("officer"), "verifier": "region"}),
        Action("unmask.approve", "批准查看隐去的信息", _all("officer", "leader")),
        Action("review.view", "查看疑似匹配", _all("officer", "leader", "auditor")),
        Action("review.decide", "判定疑似匹配", _all("officer", "leader")),
        Action("case.view", "查看个案", _CASES),
        Action("case.enter", "录入摸排发现的儿童", _IN_PLACE),
        Action("case.assign", "分派个案", _IN_PLACE),
        Action("case.verify", "核查个案", {**_IN_PLACE, "clerk": "own"}),
        Action("case.approve", "审核核查结果", _all("officer", "leader")),
        Action("case.ask", "请求协查、退回校核", _IN_PLACE),
        Action("case.answer", "答复协查、退回校核", {**_IN_PLACE, "clerk": "own"}),
        Action("case.export", "导出个案", _IN_PLACE),
        Action("plan.edit", "制定一人一案", _IN_PLACE),
        Action("notice.issue", "制发文书", _IN_PLACE),
        Action("template.edit", "修改文书模板", _all("officer")),
        Action("meeting.view", "查看联席会议", _all(*_COUNTY, "member")),
        Action("meeting.edit", "筹备、记录联席会议", _all("officer")),
        Action("meeting.sign", "签署核对数字", _all("officer", "member", "leader")),
        Action("meeting.close", "结束联席会议", _all("leader")),
        Action("ledger.view", "查看台账", {**_all(*_COUNTY, "member"), "verifier": "region"}),
        Action("ledger.export", "导出台账", _IN_PLACE),
        Action("figure.view", "查看统计", {**_all(*_COUNTY, "member"), "verifier": "region"}),
        Action("correction.view", "查看数据更正清单", {**_all(*_COUNTY), "clerk": "own"}),
        Action("correction.answer", "办理数据更正", {"officer": "own", "clerk": "own"}),
        Action("aid.view", "查看应助尽助核对", {**_all(*_COUNTY), "clerk": "own"}),
        Action("account.view", "查看账号", _all("system_admin", "security_admin")),
        Action("account.edit", "新建、停用账号", _all("system_admin")),
        Action("role.edit", "授予、收回角色", _all("security_admin")),
        Action("agency.edit", "管理单位和区划", _all("system_admin")),
        Action("job.view", "查看任务", {**_all("officer", "system_admin"), "clerk": "own"}),
        Action("key.rotate", "更换密钥", _all("security_admin")),
        Action("audit.view", "查看审计记录", _all("audit_admin", "auditor")),
        Action("audit.verify", "检验审计记录", _all("audit_admin")),
    )
}

PUBLIC = "public"
"""The action of the few routes that need nobody signed in."""


def reach_of(roles: Collection[str], action: str, agency_kind: str = "") -> Reach | None:
    """How far somebody with these roles reaches in an action; None where it is denied.

    Args:
        agency_kind: of ``AGENCY_KINDS``: where it is of ``GIVEN_ALONE`` a region becomes the agency's own.

    Raises:
        KeyError: there is no such action.
    """
    grants = ACTIONS[action].grants
    given = [grants[role] for role in roles if role in grants]
    if agency_kind in GIVEN_ALONE:
        own: Reach = "own"
        given = [
            own if each == "region" else each
            for each in given
            if each != "region" or action not in OF_A_REGION
        ]
    return max(given, key=REACHES.index, default=None)


def contradiction(roles: Collection[str]) -> frozenset[str] | None:
    """Two of these roles that may not be held together, or None."""
    held = set(roles)
    return next((pair for pair in EXCLUSIVE if pair <= held), None)

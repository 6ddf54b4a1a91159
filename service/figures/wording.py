"""What pages and reports call the numbers, in the language of the reader."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

COLUMNS = (
    "children", "enrolled", "absent", "review", "not_enrolled",
    "all_cases", "pending", "out_of_school", "watch", "apart", "explained", "closed",
)  # fmt: skip
"""What a table of townships shows, in its order."""

LABELS = {
    "children": _("名单儿童"),
    "enrolled": _("比对在籍"),
    "absent": _("其中不在班"),
    "review": _("待人工确认"),
    "not_enrolled": _("未找到学籍"),
    "all_cases": _("列入核查"),
    "pending": _("尚未核实"),
    "out_of_school": _("失学辍学"),
    "watch": _("疑似辍学"),
    "apart": _("失联待查"),
    "explained": _("说明期内或复学跟踪"),
    "closed": _("已销号"),
    "suspects": _("未确认在班"),
    "verified": _("已有核查结果"),
    "dropped_out": _("辍学"),
    "returned": _("已劝返复学"),
    "false": _("误报(A、B类销号)"),
    "again": _("再次列入"),
    "late": _("逾期未报"),
    "township": _("乡镇"),
    "round": _("批次"),
    "suspect_share": _("未确认在班占比"),
    "false_share": _("误报占比"),
    "before": _("上批次"),
    "now": _("本批次"),
    "list": _("名单"),
    "records": _("记录"),
    "without_number": _("缺证件号码"),
    "wrong_number": _("号码有误"),
    "nothing": _("尚无审核通过的结果"),
}
"""A number by its name in the figures, and what stands beside it."""


def labels() -> dict[str, str]:
    """All of them as texts, in the language of the request."""
    return {name: str(label) for name, label in LABELS.items()}

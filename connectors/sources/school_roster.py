"""在校学生花名册: who is really in class, as class teachers write it."""

from connectors.sources.source import Source

SOURCE = Source(
    name="school_roster",
    label="在校学生花名册",
    agency="教育",
    kind="attendance",
    words=(
        "在校学生花名册",
        "花名册",
        "在校学生",
        "学生花名册",
        "点名册",
        "在校学生名册",
        "实际在校",
        "到校学生",
        "报到",
        "考勤",
        "出勤",
        "在校名单",
        "班级名单",
        "到校",
        "学生名单",
    ),
    not_words=("孤儿", "特困", "低保", "残疾", "学籍", "发放", "脱贫", "低收入", "资助", "补助"),
    telling=("班主任", "到校情况", "是否到校", "报到情况", "出勤情况", "座号", "是否在校"),
)

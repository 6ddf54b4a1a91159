"""The states of a round, a run, a list and a job, and the moves between them: tables, not code."""

from __future__ import annotations

from collections.abc import Mapping

STATES: Mapping[str, str] = {
    "collecting": "收集名单",
    "matching": "比对",
    "reviewing": "复核疑似匹配",
    "verifying": "核查",
    "meeting": "联席会议",
    "signed": "已签字",
    "closed": "已结束",
}
"""Of a round, in their order."""

MOVES: Mapping[str, tuple[str, ...]] = {
    "collecting": ("matching",),
    "matching": ("collecting", "reviewing"),
    "reviewing": ("matching", "verifying"),
    "verifying": ("reviewing", "meeting"),
    "meeting": ("verifying", "signed"),
    "signed": ("closed",),
    "closed": (),
}
"""State of a round -> the states that it may move to."""

LIST_STATES: Mapping[str, str] = {
    "waiting": "等待读取",
    "reading": "正在读取",
    "to_confirm": "待确认",
    "committed": "已提交",
    "replaced": "已被替换",
    "withdrawn": "已撤回",
    "refused": "未能读取",
    "cancelled": "已取消",
}
"""Of a list: it is read by a worker, confirmed by its clerk, and then counts for the round."""

LIST_MOVES: Mapping[str, tuple[str, ...]] = {
    "waiting": ("reading", "cancelled", "refused"),
    "reading": ("to_confirm", "refused", "cancelled", "waiting"),
    "to_confirm": ("committed", "withdrawn", "waiting"),
    "committed": ("replaced", "withdrawn"),
    "replaced": (),
    "withdrawn": (),
    "refused": ("waiting", "withdrawn"),
    "cancelled": ("waiting", "withdrawn"),
}
"""State of a list -> the states that it may move to; back to waiting when it is to be read once more."""

UPLOADS_OPEN = ("collecting", "matching", "reviewing")
"""States of a round in which lists may come in or be replaced."""

JOB_STATES: Mapping[str, str] = {
    "queued": "排队",
    "running": "进行中",
    "done": "完成",
    "failed": "失败",
    "stuck": "多次中断，需人工处理",
    "cancelled": "已取消",
}
"""Of a job."""

JOB_ENDED = ("done", "failed", "stuck", "cancelled")
"""States of a job in which nothing more happens by itself."""

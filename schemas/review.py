"""The words of the review of doubtful links: what is said of a pair, and how far a child has come."""

from __future__ import annotations

from collections.abc import Mapping

VERDICTS: Mapping[str, str] = {"same": "同一人", "different": "不是同一人", "unsure": "无法判断"}
"""What one person says of a child and a pupil. ``unsure`` neither joins nor parts them."""

STATES: Mapping[str, str] = {
    "open": "待判定",
    "second": "待第二人判定",
    "disputed": "意见不一",
    "unsure": "无法判断",
    "enrolled": "判定在籍",
    "not_enrolled": "判定未就学",
}
"""Of a child in the review: ``disputed`` waits for a leader, ``unsure`` becomes a case undecided."""

SETTLED = ("enrolled", "not_enrolled")
"""States in which nobody is asked any more."""

STRATA: Mapping[str, str] = {"accepted": "自动认定", "review": "待人工确认", "unlinked": "未找到学籍"}
"""Parts of a run from which a sample is drawn, by what the run said of a child."""

STRATUM_OF: Mapping[str, str] = {"enrolled": "accepted", "review": "review", "not_enrolled": "unlinked"}
"""Enrolment of a child in a run -> its part."""

FINDINGS: Mapping[str, str] = {
    "own": "与比对所认相同",
    "other": "是另一名学生",
    "none": "都不是",
    "unsure": "无法判断",
}
"""What a sampled child turned out to be: of the pupil that the run named, of another, of none shown."""

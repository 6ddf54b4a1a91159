"""The templates that we deliver, made from ``wording.toml``, laid out like official papers (GB/T 9704)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from schemas.notice import NOTICES, NoticeKind
from service.export.document import FANG, HEI, Document

BODY, LINE = 15, 28
"""Points of the text and of its lines: a little less than the standard's 16, so that most fit on one page."""

_MADE = datetime(2026, 1, 1)


@cache
def wording() -> Mapping[str, Mapping[str, Any]]:
    """Kind of notice -> ``to``, ``body`` and maybe ``slip``."""
    return tomllib.loads(resources.files("service.notices").joinpath("wording.toml").read_text("utf-8"))


@cache
def default_template(kind: str) -> bytes:
    """The template of a kind as a .docx, its fields in double braces.

    Raises:
        KeyError: there is no such kind.
    """
    notice, said = NOTICES[kind], wording()[kind]
    made = Document(notice.label, created=_MADE, margin=2.7)
    made.heading("{{ 发文单位 }}", size=20, font=HEI, after=4)
    made.heading(notice.label, size=22, font=HEI, after=6)
    made.paragraph("{{ 文号 }}", size=BODY, font=FANG, align="center", after=14)
    made.paragraph(said["to"], size=BODY, font=FANG, line=LINE, after=0)
    for text in said["body"]:
        made.paragraph(text, size=BODY, font=FANG, line=LINE, indent=2, after=0)
    made.paragraph("", size=BODY, after=0)
    _signed(made, "{{ 发文单位 }}（盖章）", "{{ 发文日期 }}")
    if said.get("slip"):
        _slip(made, notice, said["slip"])
    return made.bytes()


def _signed(made: Document, *lines: str) -> None:
    for text in lines:
        made.paragraph(text, size=BODY, font=FANG, align="right", line=LINE, after=0)


def _slip(made: Document, notice: NoticeKind, lines: Sequence[str]) -> None:
    """What comes back, on a page of its own: signed by the guardian, or answered by the other bureau."""
    made.page_break()
    made.heading("送 达 回 证" if notice.ladder else "回　　执", size=20, font=HEI, after=14)
    for at, text in enumerate(lines):
        indent = 2 if notice.ladder or at else 0
        made.paragraph(text, size=BODY, font=FANG, line=LINE + 2, indent=indent, after=0)
    made.paragraph("", size=BODY, after=0)
    if not notice.ladder:
        _signed(
            made, "单位（盖章）：__________________", "经办人及电话：__________________", "年　　月　　日"
        )
        return
    pairs = (("送达方式", "送达地点"), ("受送达人签字", "送达日期"), ("送达人签字", "见证人签字"))
    rows = [[(left, 1.3, True), ("", 2, False), (right, 1.3, True), ("", 2, False)] for left, right in pairs]
    made.form([*rows, [("备　　注", 1.3, True), ("拒收、留置的写明情形：", 5.3, False)]], size=12, least=1.2)

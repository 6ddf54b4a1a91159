"""Sex: 男 or 女, from words and from the codes of GB/T 2261.1 (1 male, 2 female, 0 and 9 not stated)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from schemas.fields.field import Field
from schemas.fields.folding import fold

_WORDS = {
    **dict.fromkeys(("男", "男性", "男孩", "男生", "男童", "1", "01", "M", "MALE", "BOY", "♂"), "男"),
    **dict.fromkeys(("女", "女性", "女孩", "女生", "女童", "2", "02", "F", "FEMALE", "GIRL", "♀"), "女"),
}
_NOT_STATED = frozenset(
    (
        "0",
        "00",
        "9",
        "09",
        "未知",
        "未说明",
        "未说明的性别",
        "未知的性别",
        "不详",
        "无",
        "-",
        "/",
        "NULL",
        "NAN",
    )
)


def _fold(raw: str) -> str:
    text = fold(raw).upper().removesuffix(".0")
    # 1-男, 1.男, (男): code and word together.
    return re.sub(r"^[0-9]+[-.、:](?=[男女未])|[()\[\]]", "", text)


def _clean(raw: str) -> str:
    return _WORDS.get(_fold(raw), "")


def _validate(raw: str) -> tuple[str, ...]:
    text = _fold(raw)
    if not raw.strip() or text in _WORDS:
        return ()
    return ("sex.not_stated",) if not text or text in _NOT_STATED else ("sex.unknown",)


def _mask(text: str) -> str:
    """Sex alone points at nobody: it is shown."""
    return text


def _keys(text: str) -> Mapping[str, str]:
    return {"sex": text} if text else {}


FIELD = Field("sex", _clean, _validate, _mask, _keys)

"""Personal name: Han, transliterated with dots, with its own script beside it, or partly lost.

The text keeps the characters as they are registered; simplified and variant forms are comparison keys.
A character that a system could not hold is ``□``: it stands for one character, nobody knows which.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from schemas.fields.field import Field
from schemas.fields.glance import Glance
from schemas.fields.name_sounds import fold, simplified, sound, sounds
from schemas.fields.plain_names import look_name

__all__ = ["FIELD", "LOST", "PersonalName", "parse", "simplified", "sounds"]

LOST = "□"
DOT = "·"
LONGEST = 50
"""The registry holds names of at least 50 characters (GB 18030 implementation notes); longer is no name."""

_LONGEST_CELL = 300

_HAN_RANGE = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_PLAIN = re.compile(r"[\u4e00-\u9fff]{2,4}").fullmatch
_DOTTED = re.compile(r"[\u4e00-\u9fff]{2,12}(?:[·•・‧．.][\u4e00-\u9fff]{1,12}){1,3}").fullmatch
_DOTS = re.compile(r"[·•・‧．.。∙⋅●﹒᛫∘◦⸱ꞏ᭼]+")
_DOTS_WITH_SPACES = re.compile(r"\s*" + _DOTS.pattern + r"\s*")
_HYPHEN = re.compile(rf"(?<=[{_HAN_RANGE}])[-‐–—](?=[{_HAN_RANGE}])")
_HAN = re.compile(rf"[{_HAN_RANGE}]")
_NOT_HAN = re.compile(rf"[^{_HAN_RANGE}]+")
_UNUSUAL = re.compile(rf"[^{_HAN_RANGE}{DOT}{LOST}A-Z ]")
_SOMEBODY = re.compile(r".某{1,2}|.{1,2}某某?")
_NUMBERS = re.compile(r"[0-9]+")
_LOST_MARKS = re.compile(r"[?□▢■◻◼〓�*_＿○\ue000-\uf8ff\U000f0000-\U0010fffd]")
_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_BRACKET = re.compile(r"[(\[{<【〔《「『]([^)\]}>】〕》」』]*)[)\]}>】〕》」』]?")
_FIGURE = re.compile(r".+[加和]+.+|.+[旁头底框]|[上下左右内外].[上下左右内外].|三个.|由.|.字旁.+|[⿰-⿻].+")
_OWN_SCRIPT = re.compile(
    r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff\u0f00-\u0fff\u1800-\u18af\u1950-\u19df"
    r"\ua000-\ua4cf\u1100-\u11ff\uac00-\ud7af\u0400-\u04ff\u0e00-\u0e7f]"
    r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff\u0f00-\u0fff\u1800-\u18af\u1950-\u19df"
    r"\ua000-\ua4cf\u1100-\u11ff\uac00-\ud7af\u0400-\u04ff\u0e00-\u0e7f\s]*"
)
_LATIN = re.compile(r"[A-Za-zÀ-ɏ][A-Za-zÀ-ɏ'’\-\s]*")
_SYLLABLE = re.compile(
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:i?ang|i?ong|uang|[iu]an|[iu]a[io]?|i?ao|i?u|[aeiou]ng?|[aeo][io]|u[ieo]|i[ae]|[iu]n|er|ue|üe|[aeiouüv])"
)
_TONES = re.compile(r"[\u0300\u0301\u0304\u030c]")
_LABEL = re.compile(r"^[\u4e00-\u9fff]{0,4}(?:姓名|户主|监护人|父亲|母亲|父|母)[:：]")
_SEPARATOR = re.compile(r"[、,，/;；|\\&+]|\s+[和与及]\s+")
_MISSING = re.compile(
    r"(?i)[-/\\.·—_~*?0□\s]*|无|無|无名|不详|不祥|未知|不明|未取名|未起名|未命名|没有|没取名|空|暂无|待定|待取名|未上户|N/?A|NULL|NONE|NAN|#N/A|#REF!|姓名"
)
_UNNAMED = re.compile(r".+(?:之子|之女|的儿子|的女儿|男婴|女婴)")


@dataclass(frozen=True, slots=True)
class PersonalName:
    """What a name cell says.

    Attributes:
        text: canonical text, the same as ``FIELD.clean`` gives.
        parts: the parts between the dots (or the spaces of a long name); one part for most names.
        own_script: the name in its own script (Tibetan, Uyghur, Mongolian, Yi, Latin ...), if beside it.
        remark: what else stood in the cell: bracketed words, a number that tells namesakes apart.
        lost: a character is unknown (``□`` in text).
        codes: issue codes.
    """

    text: str
    parts: tuple[str, ...] = ()
    own_script: str = ""
    remark: str = ""
    lost: bool = False
    codes: tuple[str, ...] = ()


@lru_cache(maxsize=64)  # a value is cleaned and then checked: one reading serves both
def parse(raw: str) -> PersonalName:
    """Read one cell of a name column."""
    bare = "".join(raw.split())
    # Blanks within a short name say nothing; those of a long one part its words.
    if (found := _plain(bare if _PLAIN(bare) else raw)) is not None:
        return found
    if len(raw) > _LONGEST_CELL:
        return PersonalName("", codes=("personal_name.length",))
    found = _parse_once(raw)
    # Taking one decoration off can lay another bare (a number between two dashes): read on until nothing
    # changes, so that the text is the same wherever it is read again.
    for _ in range(4):
        again = _plain(found.text) or _parse_once(found.text)
        if again.text == found.text:
            return found
        found = replace(
            again,
            own_script=found.own_script or again.own_script,
            remark="；".join(filter(None, (found.remark, again.remark))),
            codes=tuple(dict.fromkeys(found.codes + again.codes)),
        )
    return PersonalName("", codes=("personal_name.not_a_name",))


def _plain(raw: str) -> PersonalName | None:
    """Nearly all names: two to four Han characters, or parts with dots between. None for the others."""
    han, dotted = _PLAIN(raw), _DOTTED(raw)
    if (not han and not dotted) or "某" in raw or _MISSING.fullmatch(raw) or _UNNAMED.fullmatch(raw):
        return None
    if han:
        return PersonalName(raw, (raw,))
    parts = tuple(_DOTS.split(raw))
    text = DOT.join(parts)
    return PersonalName(text, parts, codes=("personal_name.dot",) if text != raw else ())


def _parse_once(raw: str) -> PersonalName:
    if not raw.strip():
        return PersonalName("")
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", raw)).strip().strip("'`\"★☆#:：,，;；、")
    if _MISSING.fullmatch(text):
        unreadable = bool(_LOST_MARKS.search(text)) and len(text) > 1
        return PersonalName(
            "", codes=("personal_name.unreadable" if unreadable else "personal_name.placeholder",)
        )
    return _parse_marked(text)


def _parse_marked(text: str) -> PersonalName:
    """Take a marked name apart: label, brackets, own script, several people, dots, lost characters."""
    notes: list[str] = []
    codes: list[str] = []
    text = _LABEL.sub("", text)
    text = _take_brackets(text, notes)
    text, own_script = _take_scripts(text, notes)
    people = [each.strip() for each in _SEPARATOR.split(text) if each.strip()]
    if len(people) > 1 and all(len(_han(each)) >= 2 for each in people):
        text, codes = people[0], ["personal_name.several"]
        notes += people[1:]
    words = text.split()
    text, parts, dotted = _dots(text, words)
    text, lost = _losses(text)
    text = _strip_numbers(text, notes)
    if not text.strip(LOST + DOT):
        return _without_name(text, own_script, notes)
    if len(text) > LONGEST:
        return PersonalName(
            "", remark="；".join(notes), own_script=own_script, codes=("personal_name.length",)
        )
    found = {
        "personal_name.lost_character": lost,
        "personal_name.dot": dotted,
        "personal_name.remark": bool(notes),
        "personal_name.own_script": bool(own_script) and text != own_script,
        "personal_name.single": len(text) == 1,
        "personal_name.unnamed": bool(_UNNAMED.fullmatch(text)),
        "personal_name.characters": bool(_UNUSUAL.search(text)) and text != own_script,
    }
    codes += [code for code, holds in found.items() if holds]
    if DOT in text:
        parts = tuple(part for part in text.split(DOT) if part)
    elif not parts:
        parts = (text,)
    return PersonalName(text, parts, own_script, "；".join(notes), lost, tuple(codes))


def _without_name(text: str, own_script: str, notes: list[str]) -> PersonalName:
    """Nothing of the name is left: only marks of lost characters, or digits and signs."""
    code = "personal_name.unreadable" if LOST in text else "personal_name.not_a_name"
    return PersonalName("", own_script=own_script, remark="；".join(notes), codes=(code,))


def _han(text: str) -> str:
    return _NOT_HAN.sub("", text)


def _take_brackets(text: str, notes: list[str]) -> str:
    """Read each bracket: a described character is □, the reading of one vanishes, the rest is a remark."""

    def read(found: re.Match[str]) -> str:
        inside = found[1].strip()
        before, after = _han(text[: found.start()]), _han(text[found.end() :])
        if not inside:
            return ""
        if _OWN_SCRIPT.match(inside):
            return f" {inside} "
        if _is_pinyin(inside) and before:
            return ""
        if _FIGURE.fullmatch(inside) or (len(before) == 1 and not after and len(_han(inside)) > 1):
            notes.append(inside)
            return LOST
        notes.append(inside)
        return ""

    bare = _BRACKET.sub(read, text)
    # The whole name in brackets, (张三), is no remark.
    if not _HAN.search(bare) and not re.search(r"\w", bare) and notes:
        bare = notes.pop(0)
    return bare.strip()


def _is_pinyin(text: str) -> bool:
    plain = _TONES.sub("", unicodedata.normalize("NFD", text)).lower()
    return bool(_SYLLABLE.fullmatch(unicodedata.normalize("NFC", plain)))


def _take_scripts(text: str, notes: list[str]) -> tuple[str, str]:
    """Part the Han name from the same name in its own script or in Latin letters.

    One syllable of pinyin among Han characters (马di) stands for a character that could not be typed.
    Without any Han character the other script is the name.
    """
    own = " ".join(" ".join(found[0].split()) for found in _OWN_SCRIPT.finditer(text))
    rest = _OWN_SCRIPT.sub(" ", text).strip() if own else text
    if not _HAN.search(rest):
        latin = " ".join(rest.upper().split())
        return (
            (latin, own)
            if re.search(r"[A-ZÀ-Ɏ]", latin)
            else (f"{own} {latin}".strip() if own else rest, own)
        )
    scripts = [own] if own else []

    def read(found: re.Match[str]) -> str:
        letters = found[0].strip()
        at_end = found.end() == len(rest)
        if len(letters) == 1 and letters.isupper() and at_end:
            notes.append(letters)
            return ""
        if set(letters) <= set("xX"):
            return LOST * len(letters)
        if _is_pinyin(letters) and letters.islower():
            return LOST
        scripts.append(letters)
        return " "

    return _LATIN.sub(read, rest).strip(), " ".join(scripts)


def _dots(text: str, words: list[str]) -> tuple[str, tuple[str, ...], bool]:
    """Write any dot as U+00B7 and remove spaces; of a Latin name the spaces stay."""
    if not _HAN.search(text) and re.search(r"[A-Z]", text):
        return " ".join(re.sub(r"[.]", " ", text).split()), (), False
    marked = _DOTS_WITH_SPACES.sub(DOT, _HYPHEN.sub(DOT, text))
    joined = "".join(marked.split()).strip(DOT + "-")
    parts = tuple(words) if len(words) > 1 and DOT not in joined and len(joined) >= 5 else ()
    return joined, parts, marked != text and DOT in joined


def _losses(text: str) -> tuple[str, bool]:
    """Write every mark of a lost character as □; 某 hides a name in published lists."""
    text = _LOST_MARKS.sub(LOST, text)
    if _SOMEBODY.fullmatch(text):
        text = text.replace("某", LOST)
    return text, LOST in text


def _strip_numbers(text: str, notes: list[str]) -> str:
    """A number beside the name counts rows or tells namesakes apart: it is a remark."""
    if not (numbers := _NUMBERS.findall(text)):
        return text
    notes += numbers
    return _NUMBERS.sub("", text).strip(DOT + "、-:：,")


def _clean(raw: str) -> str:
    return parse(raw).text


def _validate(raw: str) -> tuple[str, ...]:
    return parse(raw).codes


def _mask(text: str) -> str:
    """Show the first character only, and the length of what stands behind it."""
    return text[:1] + "*" * (len(text) - 1) if len(text) > 1 else "*" * len(text)


def _keys(text: str) -> Mapping[str, str]:
    """``plain`` without dots and spaces, ``simplified``, ``sound`` and ``sound_folded`` of it."""
    plain = re.sub(r"[·\s]", "", text)
    if not plain:
        return {}
    usual = simplified(plain)
    sounding = sound(usual)
    return {"plain": plain, "simplified": usual, "sound": sounding, "sound_folded": fold(sounding)}


FIELD = Field("personal_name", _clean, _validate, _mask, _keys, Glance(look_name))

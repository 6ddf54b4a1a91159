"""What clerks do to names: each function gives another name, or "" when it cannot happen to this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from service.demo.draws import Array, Stream
from service.demo.names import DOT
from service.demo.sounds import alike, nearly_alike
from service.demo.vocabulary import Weighted, confusions, is_transliterated, own_script, rare_characters

DOTS = ("•", "・", "‧", "．", ".", " ", "")
"""What stands for the middle dot U+00B7."""


def _replace_one(name: str, forms: Mapping[str, tuple[str, ...]], rng: Stream) -> str:
    """Replace one character by another form of it; the surname is spared four times in five."""
    at = [place for place, char in enumerate(name) if char in forms]
    given = [place for place in at if place > 0]
    if given and rng.random() < 0.8:
        at = given
    if not at:
        return ""
    place = at[rng.integers(len(at))]
    others = forms[name[place]]
    return name[:place] + others[rng.integers(len(others))] + name[place + 1 :]


def homophone(name: str, rng: Stream) -> str:
    """李梓涵 becomes 李子涵: the wrong line of the input method's list."""
    return _retyped(name, alike, rng)


def dialect(name: str, rng: Stream) -> str:
    """王思涵 becomes 王诗涵: written as it was said, where 思 and 诗 sound alike."""
    return _retyped(name, nearly_alike, rng)


def _retyped(name: str, others: Callable[[str], Weighted | None], rng: Stream) -> str:
    """Replace one character by another of the sound; the surname is spared four times in five."""
    at = [place for place, char in enumerate(name) if others(char)]
    given = [place for place in at if place > 0]
    if given and rng.random() < 0.8:
        at = given
    if not at:
        return ""
    place = at[rng.integers(len(at))]
    found = others(name[place])
    return name[:place] + (found.draw(rng, 1)[0] if found else "") + name[place + 1 :]


def shape(name: str, rng: Stream) -> str:
    """昊 becomes 吴."""
    return _replace_one(name, confusions("shape"), rng)


def variant(name: str, rng: Stream) -> str:
    """张 becomes 張."""
    return _replace_one(name, confusions("variant"), rng)


def rare_replaced(name: str, rng: Stream) -> str:
    """䶮 becomes 龑."""
    return _replace_one(name, confusions("rare"), rng)


_HINTS = {
    "頔": ("di", "由页"),
    "䶮": ("yan", "上龙下天"),
    "㼆": ("ying", "莹无草头"),
    "堃": ("kun", "方方土"),
    "喆": ("zhe", "双吉"),
    "赟": ("yun", "文武贝"),
    "淼": ("miao", "三水"),
    "垚": ("yao", "三土"),
}


def rare_lost(name: str, rng: Stream) -> str:
    """頔 becomes ?, □, *, its sound, a note in brackets, or a private code point."""
    rare = set(rare_characters().texts)
    place = next((at for at, char in enumerate(name) if char in rare), -1)
    if place < 0:
        return ""
    sound, note = _HINTS.get(name[place], ("", ""))
    forms = ["?", "□", "▢", "*", "\ue863", *([sound, f"（{note}）"] if sound else [])]
    return name[:place] + forms[rng.integers(len(forms))] + name[place + 1 :]


def translit(name: str, rng: Stream) -> str:
    """次仁 becomes 才仁; 阿卜杜热合曼 becomes 阿布都热合满: of a long name more than one syllable differs."""
    if rng.random() < 0.4:
        changed = _other_word(name, rng)
        if changed:
            return changed
    syllables = confusions("syllable")
    at = [place for place, char in enumerate(name) if char in syllables]
    if not at:
        return _other_word(name, rng)
    count = min(len(at), 1 + int(rng.binomial(len(at) - 1, 0.3)))
    out = list(name)
    for place in rng.permutation(at)[:count].tolist():
        forms = syllables[name[place]]
        out[place] = forms[rng.integers(len(forms))]
    if rng.random() < 0.12:
        out = _without_weak(out, rng)
    return "".join(out)


def _other_word(name: str, rng: Stream) -> str:
    forms = confusions("translit")
    found = [form for form in forms if form in name]
    if not found:
        return ""
    form = max(found, key=len) if rng.random() < 0.5 else found[rng.integers(len(found))]
    return name.replace(form, forms[form][rng.integers(len(forms[form]))], 1)


WEAK = "尔勒木姆克提赫合"
"""Characters for a consonant without a vowel: some clerks write them, others do not."""


def _without_weak(name: list[str], rng: Stream) -> list[str]:
    at = [place for place, char in enumerate(name) if char in WEAK and 0 < place < len(name) - 1]
    if len(name) < 5 or not at:
        return name
    gone = at[rng.integers(len(at))]
    return name[:gone] + name[gone + 1 :]


def truncated(name: str, rng: Stream) -> str:
    """阿卜杜拉·买买提 becomes 阿卜杜拉: the first part alone, or what four (or three) places hold."""
    if len(name) <= 4:
        return ""
    if DOT in name and rng.random() < 0.5:
        return name.split(DOT)[0]
    return name[: 4 if rng.random() < 0.8 else 3].rstrip(DOT)


def with_script(name: str, rng: Stream) -> str:
    """卓玛 becomes 卓玛(སྒྲོལ་མ)."""
    pieces = [name] if DOT not in name else name.split(DOT)
    if len(name) == 4 and DOT not in name:
        pieces = [name[:2], name[2:]]
    scripts = [own_script().get(piece, "") for piece in pieces]
    if not all(scripts):
        return ""
    left, right = (("（", "）"), ("(", ")"), (" ", ""))[rng.integers(3)]
    return f"{name}{left}{'་'.join(scripts) if len(pieces[0]) == 2 else ' '.join(scripts)}{right}"


def nickname(name: str, rng: Stream) -> str:
    """王雨桐 becomes 王小桐."""
    return name[0] + "小" + name[-1] if 2 <= len(name) <= 3 and name[-2] != "小" else ""


MILK_NAMES = ("小宝", "大宝", "二宝", "毛毛", "丫丫", "妞妞", "二娃", "幺妹", "石头", "小军", "小红", "狗娃")


def milk_name(name: str, rng: Stream) -> str:
    """王雨桐 becomes 王二宝: the village knows no other name."""
    return name[0] + MILK_NAMES[rng.integers(len(MILK_NAMES))] if 2 <= len(name) <= 3 else ""


def decorated(name: str, rng: Stream) -> str:
    """Spaces between, before or behind; a remark in brackets."""
    if DOT in name:
        return name + " "
    forms = (
        " ".join(name),
        f"{name} ",
        f" {name}",
        f"{name[0]}\u3000{name[1:]}",
        f"{name}（已核）",
        f"{name}\t",
    )
    return forms[rng.integers(len(forms))]


NAME_ERRORS: Mapping[str, Callable[[str, Stream], str]] = {
    "homophone": homophone,
    "dialect": dialect,
    "shape": shape,
    "variant": variant,
    "rare_replaced": rare_replaced,
    "rare_lost": rare_lost,
    "translit": translit,
    "truncated": truncated,
    "own_script": with_script,
    "nickname": nickname,
    "milk_name": milk_name,
    "decorated_name": decorated,
}


def can_have(error: str, names: Array) -> Array:
    """Which names this error can happen to, as a boolean array."""
    if error == "truncated":
        able: Callable[[str], bool] = lambda name: len(name) > 4  # noqa: E731
    elif error in ("rare_replaced", "rare_lost"):
        rare = set(rare_characters().texts)
        able = lambda name: not rare.isdisjoint(name)  # noqa: E731
    elif error == "translit":
        able = is_transliterated
    elif error == "own_script":
        scripts = tuple(own_script())
        able = lambda name: any(form in name for form in scripts)  # noqa: E731
    else:
        able = bool
    known = {name: able(name) for name in set(names.tolist())}
    return np.array([known[name] for name in names.tolist()], dtype=bool)

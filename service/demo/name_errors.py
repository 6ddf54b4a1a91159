"""What clerks do to names: each function gives another name, or "" when it cannot happen to this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from service.demo.draws import Stream
from service.demo.names import DOT
from service.demo.vocabulary import confusions, own_script, rare_characters

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
    """李梓涵 becomes 李子涵."""
    return _replace_one(name, confusions("sound"), rng)


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
    """次仁 becomes 才仁."""
    forms = confusions("translit")
    found = [form for form in forms if form in name]
    if not found:
        return ""
    form = max(found, key=len) if rng.random() < 0.5 else found[rng.integers(len(found))]
    return name.replace(form, forms[form][rng.integers(len(forms[form]))], 1)


def truncated(name: str, rng: Stream) -> str:
    """阿卜杜拉·买买提 becomes 阿卜杜拉."""
    if len(name) <= 4:
        return ""
    return name.split(DOT)[0] if DOT in name and rng.random() < 0.5 else name[:4].rstrip(DOT)


def dot(name: str, rng: Stream) -> str:
    """The middle dot becomes another sign or nothing."""
    return name.replace(DOT, DOTS[rng.integers(len(DOTS))]) if DOT in name else ""


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
    "shape": shape,
    "variant": variant,
    "rare_replaced": rare_replaced,
    "rare_lost": rare_lost,
    "translit": translit,
    "truncated": truncated,
    "dot": dot,
    "own_script": with_script,
    "nickname": nickname,
    "decorated_name": decorated,
}


def can_have(error: str, names: np.ndarray) -> np.ndarray:
    """Which names this error can happen to, as a boolean array."""
    if error in ("dot",):
        wanted: Callable[[str], bool] = lambda name: DOT in name  # noqa: E731
    elif error == "truncated":
        wanted = lambda name: len(name) > 4  # noqa: E731
    elif error in ("rare_replaced", "rare_lost"):
        rare = set(rare_characters().texts)
        wanted = lambda name: not rare.isdisjoint(name)  # noqa: E731
    elif error == "translit":
        forms = tuple(confusions("translit"))
        wanted = lambda name: len(name) > 1 and any(form in name for form in forms)  # noqa: E731
    elif error == "own_script":
        scripts = tuple(own_script())
        wanted = lambda name: any(form in name for form in scripts)  # noqa: E731
    else:
        wanted = bool
    known: dict[str, bool] = {}
    return np.array(
        [known[name] if name in known else known.setdefault(name, wanted(name)) for name in names], dtype=bool
    )

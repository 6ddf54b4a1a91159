"""Mistakes that need more than the value itself: the family, the neighbouring row, an earlier state."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from service.demo.draft import Draft
from service.demo.draws import Array, Stream, chance, repeated, texts
from service.demo.name_errors import DOTS, homophone, truncated
from service.demo.names import DOT
from service.demo.number_errors import keypad_slip
from service.demo.people import County

RUN = 12
"""Rows that a shifted block of numbers covers on average."""


def _former_name(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    former = np.where(draft.child >= 0, county.children["former_name"].to_numpy()[draft.child], "")
    index = np.flatnonzero(chosen & (former != ""))
    # A surname changed after a divorce or an adoption is told apart from another given name.
    same = np.array(
        [a[0] == b[0] for a, b in zip(former[index], draft.columns["name"][index], strict=True)], dtype=bool
    )
    draft.set("name", index, former[index])
    draft.note(index[same], "former_name")
    draft.note(index[~same], "surname_changed")


def _old_number(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    """The number from before the birthday was corrected, or from before it was issued anew."""
    column = "id_number" if "id_number" in draft.columns else "disability_no"
    old = np.where(draft.child >= 0, county.children["old_id"].to_numpy()[draft.child], "")
    index = np.flatnonzero(chosen & (old != ""))
    before = draft.columns[column][index]
    whole = [value[:18] == true for value, true in zip(before, draft.true_id[index], strict=True)]
    index, before = index[np.array(whole, dtype=bool)], before[np.array(whole, dtype=bool)]
    after = texts([new + value[18:] for new, value in zip(old[index], before, strict=True)])
    draft.set(column, index, after)
    moved = [new[6:14] != was[6:14] for new, was in zip(after, before, strict=True)]
    other_day = index[np.array(moved, dtype=bool)]
    if "birth_date" in draft.columns:
        draft.set("birth_date", other_day, [value[6:14] for value in draft.columns[column][other_day]])
    draft.note(other_day, "old_birthday")
    draft.note(index[~np.array(moved, dtype=bool)], "old_number")


def _guardian_number(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    index = draft.whole_numbers(chosen)
    draft.set("id_number", index, county.of_family("guardian_id", draft.child[index]))
    draft.note(index, "guardian_number")


def _sibling_number(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    """The number of the next brother or sister, of the one before where there is no younger one."""
    index = draft.whole_numbers(chosen)
    family, ids = county.children["family"].to_numpy(), county.children["id_no"].to_numpy()
    child = draft.child[index]
    after, before = np.minimum(child + 1, len(family) - 1), np.maximum(child - 1, 0)
    other = np.where((family[after] == family[child]) & (after != child), after, before)
    has_one = (family[other] == family[child]) & (other != child)
    draft.set("id_number", index[has_one], ids[other[has_one]])
    draft.note(index[has_one], "sibling_number")


def _twin_swap(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    pair = np.where(draft.child >= 0, county.children["twin_pair"].to_numpy()[draft.child], -1)
    order = np.argsort(pair, kind="stable")
    order = order[pair[order] >= 0]
    left, right = order[:-1], order[1:]
    # Twice listed children stand beside themselves here: only two different children make a swap.
    both = (pair[left] == pair[right]) & (draft.child[left] != draft.child[right]) & chosen[left]
    for one, other in zip(left[both], right[both], strict=True):
        ids = draft.columns["id_number"]
        ids[one], ids[other] = ids[other], ids[one]
        draft.note(np.array([one, other]), "twin_swap")


def _shifted_rows(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    """One cell was deleted and those below moved up: each row has the next child's number, to the last."""
    ids = draft.columns["id_number"]
    for start in np.flatnonzero(chosen & chance(rng, 1 / RUN, len(draft))).tolist():
        end = min(start + 1 + int(rng.geometric(1 / RUN)), len(draft))
        own = draft.clerk[start:end] == draft.clerk[start]
        rows = start + np.flatnonzero(own & (draft.child[start:end] >= 0))
        if len(rows) > 1:
            ids[rows] = np.append(ids[rows[1:]], "")
            draft.note(rows, "shifted_rows")


def _disability_number(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    kind = np.where(draft.child >= 0, county.children["disability"].to_numpy()[draft.child], "")
    index = draft.whole_numbers(chosen & (kind != ""))
    draft.set("id_number", index, draft.columns["id_number"][index] + kind[index])
    draft.note(index, "disability_number")


def _student_number(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    index = draft.whole_numbers(chosen)
    draft.set("id_number", index, repeated("G", len(index)) + draft.columns["id_number"][index])
    draft.note(index, "student_number")


def _no_id(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    index = np.flatnonzero(chosen & (draft.child >= 0))
    words = texts(["", "", "", "", "无", "不详", "/", "0"])
    draft.set("id_number", index, words[rng.integers(len(words), size=len(index))])
    draft.note(index, "no_id")


def _moved(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    if "address" in draft.columns:
        index = np.flatnonzero(chosen & (draft.child >= 0))
        other = rng.integers(0, len(county.families), len(index))
        draft.set("address", index, county.families["place"].to_numpy()[other])
        draft.note(index, "moved")


def _old_township(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    """The address still names the township that was merged into this one years ago."""
    if "address" not in draft.columns:
        return
    townships = county.places.townships
    index = np.flatnonzero(chosen & (draft.child >= 0))
    at = county.of_family("township", draft.child[index])
    now, before = townships["name"].to_numpy()[at], townships["former"].to_numpy()[at]
    address = draft.columns["address"][index]
    able = np.array(
        [old != "" and new in text for old, new, text in zip(before, now, address, strict=True)], dtype=bool
    )
    written = [
        text.replace(new, old, 1)
        for text, new, old in zip(address[able], now[able], before[able], strict=True)
    ]
    draft.set("address", index[able], written)
    draft.note(index[able], "old_township")


def _dot(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    """Each clerk has one sign for the middle dot, that of the keyboard, and seldom another."""
    names = draft.columns["name"]
    index = np.flatnonzero(chosen)
    index = index[np.array([DOT in name for name in names[index]], dtype=bool)]
    own = rng.integers(len(DOTS), size=int(draft.clerk.max()) + 1)[draft.clerk[index]]
    sign = np.where(chance(rng, 0.15, len(index)), rng.integers(len(DOTS), size=len(index)), own)
    written = [name.replace(DOT, DOTS[at]) for name, at in zip(names[index], sign, strict=True)]
    draft.set("name", index, written)
    draft.note(index, "dot")


def _float(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    """Only marked here: the writer decides whether it is a number cell or text cut to 15 digits."""
    index = draft.whole_numbers(chosen)
    index = index[[value.isdigit() for value in draft.columns["id_number"][index]]] if len(index) else index
    draft.note(index, "float")


def _sex(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    if "sex" in draft.columns:
        index = np.flatnonzero(chosen & (draft.child >= 0))
        draft.set("sex", index, np.where(draft.columns["sex"][index] == "男", "女", "男"))
        draft.note(index, "sex")


def _ethnicity(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    if "ethnicity" in draft.columns:
        index = np.flatnonzero(chosen & (draft.child >= 0) & (draft.columns["ethnicity"] != "汉"))
        draft.set("ethnicity", index, repeated("汉", len(index)))
        draft.note(index, "ethnicity")


def _guardian_name(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    """Guardians' names are typed by the same hands."""
    if "guardian_name" not in draft.columns:
        return
    index = np.flatnonzero(chosen & (draft.columns["guardian_name"] != ""))
    before = draft.columns["guardian_name"][index]
    after = texts([truncated(name, rng) or homophone(name, rng) or name for name in before])
    draft.set("guardian_name", index, after)
    draft.note(index[after != before], "guardian_name")


def _phone(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    if "phone" in draft.columns:
        index = np.flatnonzero(chosen & (draft.columns["phone"] != ""))
        draft.set("phone", index, [keypad_slip(value, rng, 1) for value in draft.columns["phone"][index]])
        draft.note(index, "phone")


_SHORT = (
    ("中心小学", ("中心校", "中心完小", "小学")),
    ("初级中学", ("中学", "初中")),
    ("第二小学", ("二小",)),
    ("第三小学", ("三小",)),
    ("第四小学", ("四小",)),
    ("第二中学", ("二中",)),
    ("第三中学", ("三中",)),
    ("特殊教育学校", ("特校",)),
)


def called(school: str, rng: Stream) -> str:
    """城关镇中心小学 becomes 城关中心校: what everybody calls it."""
    for whole, short in _SHORT:
        if school.endswith(whole):
            school = school.removesuffix(whole) + short[rng.integers(len(short))]
            break
    at = max(school.rfind("镇"), school.rfind("乡"))
    return school[:at] + school[at + 1 :] if at > 0 and rng.random() < 0.5 else school


def _school_alias(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    for column in ("school", "full_school"):
        if column in draft.columns:
            values = draft.columns[column]
            for clerk in np.unique(draft.clerk[chosen]).tolist():
                mine = np.flatnonzero(chosen & (draft.clerk == clerk))
                draft.set(column, mine, repeated(called(values[mine[0]], rng), len(mine)))
    draft.note(np.flatnonzero(chosen), "school_alias")


RECORD_ERRORS: Mapping[str, Callable[[Draft, County, Stream, Array], None]] = {
    "former_name": _former_name,
    "old_number": _old_number,
    "guardian_number": _guardian_number,
    "sibling_number": _sibling_number,
    "twin_swap": _twin_swap,
    "shifted_rows": _shifted_rows,
    "disability_number": _disability_number,
    "student_number": _student_number,
    "no_id": _no_id,
    "moved": _moved,
    "old_township": _old_township,
    "dot": _dot,
    "float": _float,
    "sex": _sex,
    "ethnicity": _ethnicity,
    "guardian_name": _guardian_name,
    "phone": _phone,
    "school_alias": _school_alias,
}

"""The mistakes between agencies, by class, rate and clerk.

Mistakes gather: a tired clerk, a school without the right form, a township whose spreadsheet eats digits.
Each clerk has a multiplier for each habit; one in ten is ten times worse than the others, and the mean is 1,
so that the rates of errors.toml hold for the whole list.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from service.demo.draft import Draft
from service.demo.draws import Array, Stream, chance, texts
from service.demo.name_errors import NAME_ERRORS, can_have
from service.demo.number_errors import BIRTH_ERRORS, NUMBER_ERRORS, old_birthday
from service.demo.people import County

WORST_SHARE, WORST_TIMES = 0.1, 10.0
FEW_CLERKS = 4
"""With fewer clerks than this nobody spoils a whole list: the list would be lost, not dirty."""

STRUCTURAL = {
    "renumbered": 20,
    "double_registration": 21,
    "namesake": 22,
    "dead_not_cancelled": 23,
    "moved_in_roll": 20,
}
"""Classes that come from the people themselves, not from a clerk."""


@cache
def rates() -> Mapping[str, Mapping[str, Any]]:
    """errors.toml: for each class its number, its habit and the rate for each kind of list."""
    return tomllib.loads(files(__package__).joinpath("errors.toml").read_text("utf-8"))


def multipliers(rng: Stream, clerks: int) -> Array:
    """How much worse than the average each clerk is; the mean is 1."""
    worse = chance(rng, WORST_SHARE, clerks)
    if clerks >= FEW_CLERKS and not worse.any():
        worse[rng.integers(clerks)] = True
    raw = np.where(worse, WORST_TIMES, 1.0) * rng.uniform(0.7, 1.3, clerks)
    return raw / raw.mean()


def spoil(draft: Draft, county: County, rng: Stream, errors: float, no_number: float = 0.0) -> Draft:
    """Put mistakes into a draft, in place.

    Args:
        draft: the true values.
        county: the people, for guardians' numbers, former names and twins.
        rng: the stream of this list.
        errors: scales every rate.
        no_number: the least share of records without a number, gathered by clerk.
    """
    clerks = int(draft.clerk.max()) + 1 if len(draft) else 0
    habits = (
        {habit: multipliers(rng, clerks) for habit in ("typing", "number", "decoration")} if clerks else {}
    )
    for error, entry in rates().items():
        rate = float(entry.get(draft.kind, 0.0)) * errors
        if clerks and rate > 0:
            _apply(error, draft, county, rng, _chosen_by(entry, rate, draft, habits, rng))
    if clerks and no_number > 0:
        _without_number(draft, rng, no_number, clerks)
    return draft


def _chosen_by(
    entry: Mapping[str, Any], rate: float, draft: Draft, habits: Mapping[str, Array], rng: Stream
) -> Array:
    """Which records a mistake falls on, before asking whether it can."""
    if entry.get("whole"):
        clerks = int(draft.clerk.max()) + 1
        guilty = chance(rng, min(rate, 0.5), clerks) & (clerks >= FEW_CLERKS)
        # A county where this is to be expected has one such clerk at least.
        if clerks >= FEW_CLERKS and rate * clerks >= 0.3 and not guilty.any():
            guilty[rng.choice(np.unique(draft.clerk))] = True
        return guilty[draft.clerk] & chance(rng, 0.96, len(draft))
    share = np.clip(rate * habits[entry["habit"]][draft.clerk], 0, 0.9)
    return chance(rng, share, len(draft))


def _apply(error: str, draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    """Put one class of mistakes at the chosen records, where it can happen."""
    if error in NAME_ERRORS:
        able = np.flatnonzero(chosen)
        able = able[can_have(error, draft.columns["name"][able])]
        _rewrite(error, draft, "name", able, NAME_ERRORS[error], rng)
    elif error in NUMBER_ERRORS:
        _apply_number(error, draft, chosen, rng)
    elif error in BIRTH_ERRORS:
        if "birth_date" in draft.columns:
            able = np.flatnonzero(chosen & (draft.child >= 0) & (draft.columns["birth_date"] != ""))
            _rewrite(error, draft, "birth_date", able, BIRTH_ERRORS[error], rng)
    else:
        _SPECIAL[error](draft, county, rng, chosen)


def _rewrite(error: str, draft: Draft, column: str, index: Array, change: Any, rng: Stream) -> None:
    before = draft.columns[column][index]
    after = texts([change(value, rng) for value in before])
    changed = (after != "") & (after != before)
    draft.set(column, index[changed], after[changed])
    draft.note(index[changed], error)


def _whole_numbers(draft: Draft, chosen: Array) -> Array:
    """Chosen records whose number column still holds the person's own 18 characters."""
    return np.flatnonzero(chosen & (draft.child >= 0) & (draft.columns["id_number"] == draft.true_id))


def _apply_number(error: str, draft: Draft, chosen: Array, rng: Stream) -> None:
    # Disabled persons' lists have the certificate number alone; a slip in it is a slip in the number.
    if "id_number" in draft.columns:
        _rewrite(error, draft, "id_number", _whole_numbers(draft, chosen), NUMBER_ERRORS[error], rng)
    elif error in ("id_slip", "decorated_number"):
        able = np.flatnonzero(chosen & (draft.child >= 0))
        _rewrite(error, draft, "disability_no", able, NUMBER_ERRORS[error], rng)


def _former_name(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    former = np.where(draft.child >= 0, county.children["former_name"].to_numpy()[draft.child], "")
    index = np.flatnonzero(chosen & (former != ""))
    draft.set("name", index, former[index])
    draft.note(index, "former_name")


def _old_birthday(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    column = "id_number" if "id_number" in draft.columns else "disability_no"
    index = np.flatnonzero(chosen & (draft.child >= 0))
    whole = [
        value[:18] == true
        for value, true in zip(draft.columns[column][index], draft.true_id[index], strict=True)
    ]
    index = index[np.array(whole, dtype=bool)]
    before = draft.columns[column][index]
    after = texts([old_birthday(value[:18], rng) + value[18:] for value in before])
    changed = after != before
    draft.set(column, index[changed], after[changed])
    if "birth_date" in draft.columns:
        draft.set("birth_date", index[changed], [value[6:14] for value in after[changed]])
    draft.note(index[changed], "old_birthday")


def _guardian_number(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    index = _whole_numbers(draft, chosen)
    draft.set("id_number", index, county.of_family("guardian_id", draft.child[index]))
    draft.note(index, "guardian_number")


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


def _disability_number(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    kind = np.where(draft.child >= 0, county.children["disability"].to_numpy()[draft.child], "")
    index = _whole_numbers(draft, chosen & (kind != ""))
    draft.set("id_number", index, draft.columns["id_number"][index] + kind[index])
    draft.note(index, "disability_number")


def _student_number(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    index = _whole_numbers(draft, chosen)
    draft.set("id_number", index, texts(["G"] * len(index)) + draft.columns["id_number"][index])
    draft.note(index, "student_number")


def _no_id(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    index = np.flatnonzero(chosen & (draft.child >= 0))
    words = texts(["", "", "", "", "无", "不详", "/", "0"])
    draft.set("id_number", index, words[rng.integers(len(words), size=len(index))])
    draft.note(index, "no_id")


def _without_number(draft: Draft, rng: Stream, share: float, clerks: int) -> None:
    """Whole schools have hardly a number, others nearly all: a beta distribution with two clerks' weight."""
    share = min(share, 0.98)
    by_clerk = rng.beta(share * 1.5, (1 - share) * 1.5, clerks)
    by_clerk = np.clip(by_clerk * share / max(by_clerk[draft.clerk].mean(), 1e-9), 0, 1)
    index = np.flatnonzero(chance(rng, by_clerk[draft.clerk], len(draft)))
    draft.set("id_number", index, texts([""] * len(index)))
    draft.note(index, "no_id")


def _moved(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    if "address" not in draft.columns:
        return
    index = np.flatnonzero(chosen & (draft.child >= 0))
    other = rng.integers(0, len(county.families), len(index))
    draft.set("address", index, county.families["place"].to_numpy()[other])
    draft.note(index, "moved")


def _float(draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    """Only marked here: the writer decides whether it is a number cell or text cut to 15 digits."""
    index = _whole_numbers(draft, chosen)
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
        draft.set("ethnicity", index, texts(["汉"] * len(index)))
        draft.note(index, "ethnicity")


_SPECIAL = {
    "former_name": _former_name,
    "old_birthday": _old_birthday,
    "guardian_number": _guardian_number,
    "twin_swap": _twin_swap,
    "disability_number": _disability_number,
    "student_number": _student_number,
    "no_id": _no_id,
    "moved": _moved,
    "float": _float,
    "sex": _sex,
    "ethnicity": _ethnicity,
}

"""The mistakes between agencies, by class, rate and clerk: errors.toml says how often, quality.py by whom."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from service.demo.draft import Draft
from service.demo.draws import Array, Stream, chance, repeated, texts
from service.demo.name_errors import NAME_ERRORS, can_have
from service.demo.number_errors import BIRTH_ERRORS, NUMBER_ERRORS
from service.demo.people import County
from service.demo.quality import OFFICES, Clerks, fallen
from service.demo.record_errors import RECORD_ERRORS

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
    """errors.toml: for each class its number and the rate for each kind of list."""
    return tomllib.loads(files(__package__).joinpath("errors.toml").read_text("utf-8"))


def spoil(draft: Draft, county: County, rng: Stream, errors: float, no_number: float = 0.0) -> Draft:
    """Put mistakes into a draft, in place.

    Args:
        draft: the true values.
        county: the people, for guardians' numbers, former names and twins.
        rng: the stream of this list.
        errors: scales every rate.
        no_number: the least share of records without a number, gathered by clerk.
    """
    if not len(draft):
        return draft
    places = county.places
    count = len(places.schools if OFFICES.get(draft.kind) == "school" else places.townships)
    clerks = Clerks(county.seed, draft.kind, draft.clerk, count)
    for error, entry in rates().items():
        rate = float(entry.get(draft.kind, 0.0)) * errors
        if rate > 0:
            draws = rng.random(len(draft))
            _apply(error, draft, county, rng, fallen(clerks, error, rate, entry.get("whole", 0.0), draws))
    if no_number > 0:
        _without_number(draft, rng, no_number, count)
    return draft


def _apply(error: str, draft: Draft, county: County, rng: Stream, chosen: Array) -> None:
    """Put one class of mistakes at the chosen records, where it can happen."""
    if error in NAME_ERRORS:
        index = np.flatnonzero(chosen)
        index = index[can_have(error, draft.columns["name"][index])]
        _rewrite(error, draft, "name", index, NAME_ERRORS[error], rng)
    elif error in NUMBER_ERRORS:
        _apply_number(error, draft, chosen, rng)
    elif error in BIRTH_ERRORS:
        if "birth_date" in draft.columns:
            index = np.flatnonzero(chosen & (draft.child >= 0) & (draft.columns["birth_date"] != ""))
            _rewrite(error, draft, "birth_date", index, BIRTH_ERRORS[error], rng)
    else:
        RECORD_ERRORS[error](draft, county, rng, chosen)


def _rewrite(
    error: str, draft: Draft, column: str, index: Array, change: Callable[[str, Stream], str], rng: Stream
) -> None:
    before = draft.columns[column][index]
    after = texts([change(value, rng) for value in before])
    changed = (after != "") & (after != before)
    draft.set(column, index[changed], after[changed])
    draft.note(index[changed], error)


def _apply_number(error: str, draft: Draft, chosen: Array, rng: Stream) -> None:
    # Disabled persons' lists have the certificate number alone; a slip in it is a slip in the number.
    if "id_number" in draft.columns:
        _rewrite(error, draft, "id_number", draft.whole_numbers(chosen), NUMBER_ERRORS[error], rng)
    elif error in ("id_slip", "decorated_number"):
        index = np.flatnonzero(chosen & (draft.child >= 0))
        _rewrite(error, draft, "disability_no", index, NUMBER_ERRORS[error], rng)


def _without_number(draft: Draft, rng: Stream, share: float, clerks: int) -> None:
    """Whole schools have hardly a number, others nearly all: a beta distribution with two clerks' weight."""
    share = min(share, 0.98)
    by_clerk = rng.beta(share * 1.5, (1 - share) * 1.5, clerks)
    by_clerk = np.clip(by_clerk * share / max(by_clerk[draft.clerk].mean(), 1e-9), 0, 1)
    index = np.flatnonzero(chance(rng, by_clerk[draft.clerk], len(draft)))
    draft.set("id_number", index, repeated("", len(index)))
    draft.note(index, "no_id")

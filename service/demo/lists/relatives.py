"""Whole households, as civil affairs and rural revival keep them: head, grown-ups and children."""

from __future__ import annotations

import numpy as np
import pandas as pd

from service.demo.draft import Draft
from service.demo.draws import Array, number_text, texts
from service.demo.families import HEADS
from service.demo.numbers import days_to_digits
from service.demo.people import County

_WORDS = {"father": "配偶", "mother": "配偶", "grandfather": "父亲", "grandmother": "母亲"}


def eligible_families(county: County) -> Array:
    """Families that live here: those with a child that did not come from elsewhere."""
    table = county.children
    return np.unique(table["family"].to_numpy()[~table["migrant_in"].to_numpy()])


def household_draft(county: County, kind: str, chosen: Array) -> Draft:
    """A record for each member of the chosen families, the head first, then grown-ups, then children by age.

    Extra columns: family and order (place in the household, 0 for the head) as whole numbers.
    """
    families, table = county.families, county.children
    head = families["head"].to_numpy()[chosen]
    parts = []
    for position, role in enumerate(HEADS):
        # Parents are always in; a grandparent only as the head, with the other one dead or apart.
        there = chosen if role in ("father", "mother") else chosen[head == position]
        is_head = families["head"].to_numpy()[there] == position
        parts.append(
            pd.DataFrame(
                {
                    "family": there,
                    "order": np.where(is_head, 0, 1 + position),
                    "child": -1,
                    "name": families[f"{role}_name"].to_numpy()[there],
                    "id_number": families[f"{role}_id"].to_numpy()[there],
                    "birth_date": number_text(days_to_digits(families[f"{role}_days"].to_numpy()[there])),
                    "sex": "男" if role in ("father", "grandfather") else "女",
                    "relation": np.where(
                        is_head, "户主", _relation(role, families["head"].to_numpy()[there])
                    ),
                }
            )
        )
    child = np.flatnonzero(np.isin(table["family"].to_numpy(), chosen))
    family = table["family"].to_numpy()[child]
    first = np.searchsorted(family, family, side="left")
    old_head = families["head"].to_numpy()[family] >= 2
    girl = ~table["male"].to_numpy()[child]
    words = np.where(old_head, np.where(girl, "之孙女", "之孙子"), np.where(girl, "之女", "之子"))
    parts.append(
        pd.DataFrame(
            {
                "family": family,
                "order": 10 + np.arange(len(child)) - first,
                "child": child,
                "name": table["name"].to_numpy()[child],
                "id_number": table["id_no"].to_numpy()[child],
                "birth_date": number_text(table["birth"].to_numpy()[child]),
                "sex": table["sex"].to_numpy()[child],
                "relation": words,
            }
        )
    )
    every = pd.concat(parts, ignore_index=True)
    place = pd.Series(np.arange(len(chosen)), index=chosen)
    every = every.iloc[np.lexsort((every["order"].to_numpy(), place.loc[every["family"]].to_numpy()))]
    columns = {
        name: texts(every[name].to_list()) for name in ("name", "id_number", "birth_date", "sex", "relation")
    }
    family = every["family"].to_numpy()
    columns["ethnicity"] = families["group"].to_numpy()[family].copy()
    columns["address"] = families["place"].to_numpy()[family].copy()
    columns["family"], columns["order"] = family, every["order"].to_numpy()
    clerk = families["township"].to_numpy()[family]
    ids = columns["id_number"].copy()
    return Draft(kind, columns, every["child"].to_numpy(), clerk, ids)


def _relation(role: str, head: Array) -> Array:
    """What a grown-up who is not the head is to the head."""
    elder = np.where(role == "father", "之子", "之儿媳")
    return np.where(head >= 2, elder, _WORDS[role])

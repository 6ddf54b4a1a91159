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
    families = county.families
    every = pd.concat([*_grown_ups(county, chosen), _children(county, chosen)], ignore_index=True)
    place = pd.Series(np.arange(len(chosen)), index=chosen)
    every = every.iloc[np.lexsort((every["order"].to_numpy(), place.loc[every["family"]].to_numpy()))]
    kept = ("name", "id_number", "birth_date", "sex", "relation")
    columns = {name: texts(every[name].to_numpy()) for name in kept}
    family = every["family"].to_numpy()
    columns["ethnicity"] = families["group"].to_numpy()[family].copy()
    columns["address"] = families["place"].to_numpy()[family].copy()
    columns["family"], columns["order"] = family, every["order"].to_numpy()
    clerk = families["township"].to_numpy()[family]
    ids = columns["id_number"].copy()
    return Draft(kind, columns, every["child"].to_numpy(), clerk, ids)


def _grown_ups(county: County, chosen: Array) -> list[pd.DataFrame]:
    """Parents are always in; a grandparent only as the head, with the other one dead or apart."""
    head, tables = county.families["head"].to_numpy(), []
    for position, role in enumerate(HEADS):
        there = chosen if role in ("father", "mother") else chosen[head[chosen] == position]
        own = county.families.iloc[there]
        is_head = head[there] == position
        table = pd.DataFrame({"family": there, "order": np.where(is_head, 0, 1 + position), "child": -1})
        table["name"] = own[f"{role}_name"].to_numpy()
        table["id_number"] = own[f"{role}_id"].to_numpy()
        table["birth_date"] = number_text(days_to_digits(own[f"{role}_days"].to_numpy()))
        table["sex"] = "男" if role in ("father", "grandfather") else "女"
        table["relation"] = np.where(is_head, "户主", _relation(role, head[there]))
        tables.append(table)
    return tables


def _children(county: County, chosen: Array) -> pd.DataFrame:
    child = np.flatnonzero(np.isin(county.children["family"].to_numpy(), chosen))
    own = county.children.iloc[child]
    family = own["family"].to_numpy()
    first = np.searchsorted(family, family, side="left")
    table = pd.DataFrame({"family": family, "order": 10 + np.arange(len(child)) - first, "child": child})
    for name, source in (("name", "name"), ("id_number", "id_no"), ("sex", "sex")):
        table[name] = own[source].to_numpy()
    table["birth_date"] = number_text(own["birth"].to_numpy())
    old_head, girl = county.families["head"].to_numpy()[family] >= 2, ~own["male"].to_numpy()
    grand, direct = np.where(girl, "之孙女", "之孙子"), np.where(girl, "之女", "之子")
    return table.assign(relation=np.where(old_head, grand, direct))


def _relation(role: str, head: Array) -> Array:
    """What a grown-up who is not the head is to the head."""
    elder = np.where(role == "father", "之子", "之儿媳")
    return np.where(head >= 2, elder, _WORDS[role])

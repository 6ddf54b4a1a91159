"""Links as a table: what was joined, what is doubtful, and on what evidence."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matchers.comparisons import MISSING, comparisons
from matchers.explain import dates, sentences
from matchers.people import Listed, Longs
from matchers.resolve import Persons
from matchers.run import Result
from matchers.steps.s8_decide import ACCEPTED, NOTHING

LEVELS = ("name", "id_number", "birth", "sex", "household", "place", "school", "age")
_COLUMN = {"id_number": "level_id"}


def links_table(
    listed: Listed, results: Iterable[tuple[str, Result]], persons: Persons, children: pd.DataFrame
) -> pd.DataFrame:
    """Every accepted and every reviewable link, strongest evidence first within its stage.

    ``results`` are (stage, result): "resolve" joins population records into children, "roll" children with
    pupils, "attendance" pupils with roster rows.
    """
    child_of = _children(listed, children)
    tables = [_one(listed, stage, result, child_of, persons) for stage, result in results]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    table.insert(0, "link_id", [f"{number:08d}" for number in range(1, len(table) + 1)])
    return table


def _children(listed: Listed, children: pd.DataFrame) -> NDArray[np.object_]:
    """The child id of each person code; "" where the person is not on the list."""
    child_of = np.full(len(listed.people) + 1, "", dtype=object)
    pupils = children["pupil"].to_numpy(dtype=np.int64)
    ids = children["child_id"].to_numpy(dtype=object)
    child_of[pupils[pupils >= 0]] = ids[pupils >= 0]
    child_of[children["person"].to_numpy(dtype=np.int64)] = ids
    return child_of


def _one(
    listed: Listed, stage: str, result: Result, child_of: NDArray[np.object_], persons: Persons
) -> pd.DataFrame:
    kept = np.flatnonzero(result.decision != NOTHING)
    kept = kept[np.argsort(-result.weight[kept], kind="stable")]
    pairs = result.pairs.take(kept)
    left, right = pairs.left, pairs.right
    levels = {name: level[kept] for name, level in result.levels.items()}
    sources = listed.sources()
    rules = np.array([*(rule.name for rule in result.rules), ""], dtype=object)
    table = pd.DataFrame(
        {
            "stage": stage,
            "child_id": child_of[persons.code[left]],
            "left_source": sources[left],
            "right_source": sources[right],
            "decision": np.where(result.decision[kept] == ACCEPTED, "accepted", "review"),
            "rule": rules[result.rule[kept]],
            "weight": result.weight[kept],
            "probability": result.probability[kept],
        }
    )
    for name in LEVELS:
        table[_COLUMN.get(name, f"level_{name}")] = _level_names(name, levels.get(name), len(kept))
    for side, rows in (("left", left), ("right", right)):
        _shown(table, listed, side, rows)
    table["sentences"] = sentences(listed, pairs, levels)
    return table


def _level_names(name: str, level: NDArray[np.uint8] | None, size: int) -> NDArray[np.object_]:
    names = np.full(256, "", dtype=object)
    for number, each in enumerate(comparisons()[name].levels):
        names[number] = each.name
    names[MISSING] = "missing"
    return names[level] if level is not None else np.full(size, "", dtype=object)


def _shown(table: pd.DataFrame, listed: Listed, side: str, rows: Longs) -> None:
    """What a person sees of one side of a link."""
    people = listed.people
    family = np.where(people.guardian > 0, people.guardian, people.head)[rows]
    address, live = listed.texts("address", rows), listed.texts("live_address", rows)
    table[f"{side}_name"] = people.names.text[people.name[rows]]
    table[f"{side}_id"] = people.ids.texts(people.id1[rows])
    table[f"{side}_birth"] = dates(np.where(people.birth > 0, people.birth, people.id_birth)[rows])
    table[f"{side}_sex"] = np.array(["", "男", "女"], dtype=object)[people.sex[rows]]
    table[f"{side}_guardian"] = people.names.text[family]
    table[f"{side}_address"] = np.where(address != "", address, live)
    table[f"{side}_school"] = listed.texts("school", rows)
    table[f"{side}_grade"] = listed.texts("grade", rows)

"""A table of decisions about a county that was screened: of every sort, and some that cannot be obeyed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

UNHEARD = 3
"""So many of the decisions cannot be obeyed."""

SIDES = [f"{side}_{what}" for side in ("left", "right") for what in ("name", "id", "birth")]


def told(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def decisions_about(local: Path) -> pd.DataFrame:
    """Links of every stage confirmed or refused, records of one child told apart, aliases, and nonsense."""
    links = told(local / "links.csv")
    asked, made = links[links["decision"] == "review"], links[links["decision"] == "accepted"]
    at = {stage: made[made["stage"] == stage] for stage in ("resolve", "roll", "attendance")}
    unlike = at["resolve"]["left_name"] + at["resolve"]["left_id"]
    unlike = unlike != at["resolve"]["right_name"] + at["resolve"]["right_id"]
    parts = [
        *(asked[asked["stage"] == stage].head(3).assign(decision="same") for stage in at),
        *(asked[asked["stage"] == stage].tail(2).assign(decision="不是同一人") for stage in at),
        # Some by number, some by name alone, some of which a third record is like both.
        at["resolve"][unlike].assign(decision="different"),
        at["resolve"][~unlike].head(3).assign(decision="different"),
        *(at[stage].iloc[::40].assign(decision="different") for stage in ("roll", "attendance")),
    ]
    rows = [each[["decision", "stage", *SIDES]] for each in parts]
    return pd.concat([*rows, pd.DataFrame(_others(local, at["roll"]))], ignore_index=True).fillna("")


def _others(local: Path, linked: pd.DataFrame) -> Iterator[dict[str, str]]:
    """What no link tells: of children on no roll, and pupils whom nobody claims."""
    children = told(local / "children.csv")
    lost = children[(children["enrolment"] == "not_enrolled") & (children["id_number"] != "")]
    pupils = children[~children["child_id"].isin(linked["child_id"]) & (children["enrolment"] == "enrolled")]
    yield from _couples("same", lost.iloc[:2], pupils.iloc[:2])
    for (_, one), (_, other) in zip(lost.iloc[2:6].iterrows(), linked.iloc[5:9].iterrows(), strict=True):
        yield {"decision": "alias", "left_id": one["id_number"], "right_id": other["right_id"]}
        yield {
            "decision": "别名",
            "left_name": one["name"],
            "right_name": other["right_name"],
            "left_birth": one["birth_date"],
        }
    first = linked.iloc[1]
    for word in ("same", "different"):
        yield {"decision": word, "stage": "roll", **{each: first[each] for each in SIDES}}
    yield {"decision": "same", "left_name": "没有此人", "right_name": first["right_name"]}
    yield {"decision": "maybe", "left_name": first["left_name"], "right_name": first["right_name"]}


def _couples(word: str, left: pd.DataFrame, right: pd.DataFrame) -> Iterator[dict[str, str]]:
    for (_, one), (_, other) in zip(left.iterrows(), right.iterrows(), strict=False):
        row = {"decision": word, "stage": "roll"}
        for side, child in (("left", one), ("right", other)):
            values = (child["name"], child["id_number"], child["birth_date"])
            row |= dict(zip((f"{side}_name", f"{side}_id", f"{side}_birth"), values, strict=True))
        yield row

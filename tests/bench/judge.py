"""Who was lost and who was flagged for nothing, by the same rule for every contestant.

Counted are the children of school age with a row on the household register. A child in no school is **lost**
when no row of theirs is flagged. A child on the roll is a **false alarm** when every row of theirs is
flagged; ``twice`` counts those with any row flagged, so also the second registration of a child who was found
by the first: joining the two is not what a linker of two lists does, hence the milder count in comparisons.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from service.evaluate import NOT_POPULATION, ON_A_ROLL
from service.export import read_csv
from tests.bench.worlds import HOUSEHOLD, World

NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Truth:
    """The rows of the register that belong to children of school age, and whom they belong to.

    Attributes:
        rows: ``row, child``. missing: by child, whether in no school. partner: roll row -> child.
    """

    rows: pd.DataFrame
    missing: pd.Series
    partner: pd.Series


def truth_of(world: World) -> Truth:
    """Read the truth of a world of shape "pair"."""
    rows = pd.read_csv(world.folder / "rows.csv", usecols=["row", "child_id", "kind"])
    rows = rows.rename(columns={"child_id": "child"})
    told = pd.read_csv(world.folder / "truth.csv", usecols=["child_id", "school_age"])
    of_age = told.loc[told["school_age"], "child_id"]
    household, roll = rows[rows["kind"] == "household"], rows[rows["kind"] == "roll"]
    household = household[household["child"].isin(of_age)].sort_values("row", ignore_index=True)
    child = pd.Index(household["child"].unique())
    missing = pd.Series(~child.isin(roll["child"]), index=child)
    return Truth(household[["row", "child"]], missing, roll.set_index("row")["child"])


def count(truth: Truth, flagged: np.ndarray) -> dict[str, float]:
    """Errors where ``flagged`` says of each row of ``truth.rows`` whether it is on the list."""
    by_child = pd.Series(flagged).groupby(truth.rows["child"].to_numpy()).agg(["any", "all"])
    by_child = by_child.reindex(truth.missing.index)
    missing = truth.missing.to_numpy()
    lost = int((missing & ~by_child["any"]).sum())
    return _figures(
        int(missing.sum()),
        lost,
        int((~missing & by_child["all"]).sum()),
        int((~missing & by_child["any"]).sum()),
    )


def _figures(missing: int, lost: int, false_alarms: int, twice: int) -> dict[str, float]:
    found = missing - lost
    whole = 2 * found + lost + false_alarms
    return {
        "missing": missing,
        "lost": lost,
        "false_alarms": false_alarms,
        "twice": twice,
        "errors": lost + false_alarms,
        "f1": round(2 * found / whole, 5) if whole else 1.0,
    }


def best_cut(truth: Truth, score: np.ndarray, strict: bool = False) -> dict[str, float]:
    """The threshold on ``score`` (of each row's link; NEVER without one) with the best F1, the truth in hand.

    A row is flagged when its score lies below the threshold. Every threshold is tried. ``strict`` takes
    ``twice`` for the false alarms.
    """
    by_child = pd.Series(score).groupby(truth.rows["child"].to_numpy()).agg(["min", "max"])
    by_child = by_child.reindex(truth.missing.index)
    missing = truth.missing.to_numpy()
    least, most = by_child["min"].to_numpy(), by_child["max"].to_numpy()
    cuts = np.unique(np.append(np.concatenate([least, most]), 2e9))
    lost = missing.sum() - np.searchsorted(np.sort(least[missing]), cuts, side="left")
    false_alarms = np.searchsorted(np.sort(most[~missing]), cuts, side="left")
    twice = np.searchsorted(np.sort(least[~missing]), cuts, side="left")
    found = missing.sum() - lost
    f1 = 2 * found / np.maximum(2 * found + lost + (twice if strict else false_alarms), 1)
    at = len(f1) - 1 - int(np.argmax(f1[::-1]))
    figures = _figures(int(missing.sum()), int(lost[at]), int(false_alarms[at]), int(twice[at]))
    if strict:
        figures["f1"] = _figures(figures["missing"], figures["lost"], figures["twice"], 0)["f1"]
    return figures | {"threshold": float(cuts[at])}


def judge_links(truth: Truth, links: Path, natural: float = 0.0) -> dict[str, object]:
    """Splink's links (``left, right, weight, best``) at its best threshold and at a probability of one half.

    ``strict`` counts ``twice`` instead of ``false_alarms``. There it is granted a second threshold, chosen
    with the truth too: from there on a row may share the roll row of another, as second registrations do.
    """
    table = truth.rows.merge(pd.read_csv(links), left_on="row", right_on="left", how="left")
    score = table["weight"].fillna(NEVER).to_numpy()
    best = best_cut(truth, score)
    taken = table[score >= best["threshold"]]
    wrong = int((taken["right"].map(truth.partner) != taken["child"]).sum())
    most = table["best"].fillna(NEVER).to_numpy()
    strict = best_cut(truth, score, strict=True)
    for second in np.arange(-6.0, 48.0, 2.0):
        shared = best_cut(truth, np.where(most >= second, -NEVER, score), strict=True)
        strict = max(strict, shared, key=lambda each: -each["lost"] - each["twice"])
    best |= {"wrong_links": wrong}
    return {"best": best, "strict": strict, "natural": count(truth, score < natural)}


def judge_children(truth: Truth, out: Path) -> dict[str, object]:
    """Rollcall's ``children.csv``: as shipped, with review either way, and at its best cut of probability."""
    children = read_csv(out / "children.csv")
    place = children["sources"].str.split(";").explode()
    place = place[place.str.startswith(f"{HOUSEHOLD}#1:")]
    row = place.str.rpartition(":")[2].astype("int64")
    by_row = pd.Series(row.index.to_numpy(), index=row.to_numpy())
    at = by_row[~by_row.index.duplicated()].reindex(truth.rows["row"]).to_numpy()
    known = ~np.isnan(at)
    state = np.full(len(at), "enrolled", dtype=object)
    state[known] = children["enrolment"].to_numpy(object)[at[known].astype(int)]
    chance = pd.to_numeric(children["probability"], errors="coerce").fillna(0.0).to_numpy()
    score = np.full(len(at), 2.0)
    score[known] = chance[at[known].astype(int)]
    score = np.where(state == "not_enrolled", NEVER, np.where(state == "enrolled", score + 1.0, score))
    review, flagged = state == "review", state == "not_enrolled"
    shipped = count(truth, flagged)
    either = count(truth, flagged | review)
    # In review nobody is lost, and nobody is visited for nothing either: a person looks first.
    shipped |= {"lost": either["lost"], "errors": either["lost"] + shipped["false_alarms"]}
    in_review = truth.rows.loc[review, "child"].unique()
    shipped |= {"flagged": int(flagged.sum()), "review": len(in_review), "children": len(truth.missing)}
    shipped["review_missing"] = int(truth.missing.reindex(in_review).sum())
    shipped["f1"] = _figures(shipped["missing"], shipped["lost"], shipped["false_alarms"], 0)["f1"]
    return {
        "shipped": shipped,
        "review_flagged": either,
        "review_enrolled": count(truth, flagged),
        "best": best_cut(truth, score),
    }


def in_no_school(world: World) -> int:
    """Children of school age on any population list and on no roll, as ``service.evaluate`` counts them."""
    told = pd.read_csv(world.folder / "truth.csv", usecols=["child_id", "school_age", "status", "roll_row"])
    rows = pd.read_csv(world.folder / "rows.csv", usecols=["child_id", "kind"])
    listed = rows.loc[~rows["kind"].isin(NOT_POPULATION), "child_id"].unique()
    off = ~told["status"].isin(ON_A_ROLL) & told["roll_row"].isna()
    return int((told["school_age"] & off & told["child_id"].isin(listed)).sum())

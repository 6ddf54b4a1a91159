"""The part of docs/quality.md about Spark: beside both local engines, step by step, and for all lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from tests.bench.bars import cell_name, groups
from tests.bench.contestants import Result
from tests.bench.tables import NAMES, table
from tests.bench.worlds import HOME

ENGINES = {
    "rollcall": "Rollcall",
    "splink": "Splink 5, DuckDB",
    "rollcall_spark": "Rollcall, Spark",
    "splink_spark": "Splink 5, Spark",
}


def on_spark(results: Sequence[Result]) -> str:
    """Both on Spark beside both on their own: what Spark costs, and that the answer is the same."""
    heads = (
        "cell",
        "seed",
        "who",
        "wall s",
        "processor s",
        "/ Rollcall's own",
        "largest process MB",
        "shuffled MB",
    )
    rows = []
    for (shape, children, regime), group in groups(results).items():
        for ours_there in group.get("rollcall_spark", []):
            seed = ours_there["seed"]
            same = {who: each for who in ENGINES for each in group.get(who, []) if each["seed"] == seed}
            for who, each in same.items():
                cells = [cell_name(shape, children, regime), seed, ENGINES[who]]
                cells += [f"{each['wall']:.1f}", f"{each['cpu']:.0f}"]
                cells += [f"{each['cpu'] / same['rollcall']['cpu']:.1f}" if "rollcall" in same else ""]
                cells += [f"{each['memory'] / 2**20:,.0f}"]
                if who in NAMES:
                    cells += [""] * 4
                else:
                    cells += [f"{each['shuffled'] / 2**20:,.0f}"]
                    cells += [f"{each[name]:,}" for name in ("pieces", "jobs", "stages")]
                judged = each["judged"]["shipped" if who.startswith("rollcall") else "best"]
                cells += [f"{judged['lost']:,}", f"{judged['false_alarms']:,}"]
                rows.append([*cells, _same(each, same) if who == "rollcall_spark" else ""])
    return table((*heads, "pieces", "jobs", "stages", "lost", "false alarms", "same children.csv"), rows)


def _same(there: Result, beside: Mapping[str, Result]) -> str:
    """Whether Spark's list is the local engine's, byte for byte."""
    here = beside.get("rollcall", {}).get("children_sha256")
    return "" if here is None else "yes" if here == there["children_sha256"] else "NO"


STEPS = {
    "prepare records": ("", "prepared", "shared"),
    "number records": ("ordered",),
    "records with their person": ("people", "persons"),
    "find sure links": ("counted", "sure_pairs", "by_number", "confirmed"),
    "find and weigh pairs": ("free", "scored", "settled", "number", "person"),
    "what siblings lend": ("asking", "lent", "more"),
    "second registrations": ("double",),
    "rosters": ("asked", "attending", "claimants"),
    "groups of persons": ("edges", "moved", "left", "home", "links", "pairs"),
    "second look": ("owners", "second"),
    "tell of each child and link": ("told", "accounts"),
    "order and number both lists": ("numbered_child", "numbered_link"),
}
"""What the engine does, by the tables that it keeps meanwhile."""


def steps(results: Sequence[Result]) -> str:
    """Seconds that tasks ran a million records, and bytes that they shuffled a record, step by step."""
    found = [each for each in results if each["contestant"] == "rollcall_spark" and "failed" not in each]
    found.sort(key=lambda each: (each["children"], each["seed"]))
    told = [each["spark_steps"] for each in found]
    others = {name for each in told for name in each} - {name for kept in STEPS.values() for name in kept}
    assert not others, f"no step has these tables: {others}"
    kept = {step: [_sums(each, names) for each in told] for step, names in STEPS.items()}
    kept["**together**"] = [_sums(each, each) for each in told]
    rows = []
    for step, sums in kept.items():
        a_million = [seconds / each["records"] * 1e6 for (seconds, _), each in zip(sums, found, strict=True)]
        bytes_ = [shuffled / each["records"] for (_, shuffled), each in zip(sums, found, strict=True)]
        rows.append([step, *(f"{value:,.0f}" for value in (*a_million, *bytes_))])
    heads = [f"{what}, {each['children']:,}" for what in ("s a million", "bytes each") for each in found]
    return table(("step", *heads), rows)


def _sums(told: Mapping[str, Sequence[float]], names: Iterable[str]) -> tuple[float, float]:
    """Seconds and bytes of these tables."""
    parts = [told[name] for name in names if name in told]
    return sum(part[0] for part in parts), sum(part[1] for part in parts)


def all_lists(_: Sequence[Result]) -> str:
    """Counties of all lists, cut into several numbers of pieces: what ``tests.bench.spark_run`` measured."""
    kept = [json.loads(path.read_text("utf-8")) for path in HOME.glob("lists-*.json")]
    heads = (
        "children",
        "records",
        "pieces",
        "Java may take",
        "wall s",
        "processor s",
        "/ the local engine's",
    )
    rows = []
    for each in sorted(kept, key=lambda each: (each["children"], each["pieces"])):
        same = each["same_children"] and not each["links_differ"]
        cells = [f"{each['children']:,}", f"{each['records']:,}", each["pieces"], each["java"]]
        cells += [f"{each['wall']:.0f}", f"{each['cpu']:,.0f}", f"{each['cpu'] / each['local']['cpu']:.1f}"]
        cells += [f"{each['shuffled'] / 2**20:,.0f}", f"{each['memory'] / 2**20:,.0f}"]
        rows.append([*cells, f"{each['links']:,}", "yes" if same else "NO"])
    return table((*heads, "shuffled MB", "largest process MB", "links", "same answer"), rows)

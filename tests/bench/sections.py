"""The parts of docs/quality.md that are written from results: each takes the results and gives Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.bench.bars import all_bars, cell_name, groups
from tests.bench.contestants import Result, version_of
from tests.bench.service_part import service
from tests.bench.spark_part import ENGINES, all_lists, on_spark, steps
from tests.bench.tables import NAMES, answered, evaluated_as_shipped, phases, table

LIKE_FOR_LIKE = {
    "best": "Rollcall, best threshold, no review",
    "review_flagged": "Rollcall, review counted as flagged",
    "review_enrolled": "Rollcall, review counted as enrolled",
}
THRESHOLDS = {
    "best": "Splink 5, best threshold",
    "strict": "Splink 5, best two thresholds",
    "natural": "Splink 5, p = 0.5",
}


def about(results: Sequence[Result]) -> str:
    """The machine, the versions, the days and the seeds."""
    if not results:
        return "Nothing has been measured yet."
    machine = max(results, key=lambda each: str(each["when"]))["machine"]
    versions = dict(machine["versions"]) | {"Python": machine["python"]}
    versions["Splink"] = max((each["version"] for each in results if "version" in each), default="")
    named = ", ".join(f"{name} {found}" for name, found in sorted(versions.items()))
    days = sorted({str(each["when"])[:10] for each in results})
    seeds = ", ".join(str(seed) for seed in sorted({each["seed"] for each in results}))
    models = ", ".join(sorted({each["model"] for each in results if "model" in each}))
    return (
        f"{machine['processors']} processors ({machine['model']}), {machine['memory_gb']} GB, "
        f"{machine['system']}; {named}. Measured {' to '.join(dict.fromkeys((days[0], days[-1])))}; "
        f"seeds {seeds}; model {models}.{_stale(results)}"
    )


def _stale(results: Sequence[Result]) -> str:
    """How many results are of sources that have changed since."""
    old = sum(each["sources"] != version_of(each["contestant"]) for each in results)
    return f" {old} of {len(results)} runs are of sources that have changed since." if old else ""


def bars(results: Sequence[Result]) -> str:
    """What is not reached first, by name; then every bar."""
    found = all_bars(results)
    failed = [bar for bar in found if not bar.reached]
    lead = f"{len(found) - len(failed)} of {len(found)} bars are reached." if found else ""
    if failed:
        lead += " Not reached:\n\n" + "\n".join(
            f"- {bar.what}, {bar.where}: {bar.row()[2]} where {bar.row()[3]} is allowed" for bar in failed
        )
    shown = table(("bar", "cell", "measured", "allowed", ""), (bar.row() for bar in found))
    return f"{lead}\n\n{shown}".strip()


def accuracy(results: Sequence[Result]) -> str:
    """Rollcall beside Splink, cell by cell."""
    heads = ("cell", "seed", "in no school", "who", "lost", "false alarms", "second registrations too")
    rows: list[Sequence[object]] = []
    for (shape, children, regime), group in groups(results).items():
        for each in group.get("rollcall", []) if shape == "pair" else []:
            judged = each["judged"]
            where = (cell_name(shape, children, regime), each["seed"], f"{each['missing']:,}")
            review = f"{judged['shipped']['review']:,}"
            rows.append((*where, "**Rollcall as shipped**", *_errors(judged["shipped"]), review))
            below = [(title, judged[name]) for name, title in LIKE_FOR_LIKE.items()]
            for other in group.get("splink", []):
                if other["seed"] == each["seed"]:
                    below += [(title, other["judged"][name]) for name, title in THRESHOLDS.items()]
            rows += [("", "", "", title, *_errors(found), "") for title, found in below]
    return table((*heads, "F1", "review"), rows)


def _errors(found: dict[str, float]) -> tuple[str, ...]:
    counts = (f"{found[name]:,}" for name in ("lost", "false_alarms", "twice"))
    return (*counts, f"{found['f1']:.4f}")


def counties(results: Sequence[Result]) -> str:
    """Counties of every list, which Splink cannot take at once."""
    heads = (
        "cell",
        "seed",
        "children",
        "in no school",
        "flagged",
        "lost",
        "false alarms",
        "review",
        "merged",
    )
    rows = []
    for each in ours(results, "county"):
        found = each["evaluated"]
        shipped = evaluated_as_shipped(found)
        cells = [cell_name("county", each["children"], each["regime"]), each["seed"]]
        counts = (found["truth_children"], each["missing"], shipped["flagged"], shipped["lost"])
        cells += [f"{number:,}" for number in (*counts, shipped["false_alarms"])]
        cells.append(f"{shipped['review']:,} ({found['review_share']:.2%})")
        cells += [f"{found[name]:,}" for name in ("merged", "split", "wrong_links")]
        cells += [f"{found[name]:.2%}" for name in ("absent_precision", "absent_recall")]
        rows.append(cells)
    return table((*heads, "split", "wrong links", "absent: precision", "recall"), rows)


def speed(results: Sequence[Result]) -> str:
    """Time and memory of the three that run on one machine."""
    heads = ("cell", "seed", "who", ANSWERED, "wall s", "processor s", "memory MB", *PHASES, "/ floor")
    rows = []
    for (shape, children, regime), group in groups(results).items():
        floors = {each["seed"]: each["wall"] for each in group.get("floor", [])}
        for who, found in group.items():
            for each in found if who in NAMES else []:
                cells = [cell_name(shape, children, regime), each["seed"], NAMES[who]]
                cells += [f"{answered(each):.1f}", f"{each['wall']:.1f}", f"{each['cpu']:.1f}"]
                cells += [f"{each['memory'] / 2**20:,.0f}"]
                cells += [f"{part:.1f}" for part in phases(each)] if who == "rollcall" else [""] * len(PHASES)
                ratio = answered(each) / floors[each["seed"]] if each["seed"] in floors else None
                rows.append([*cells, "" if ratio is None else f"{ratio:.1f}"])
    return table(heads, rows)


ANSWERED = "until the answer s"
PHASES = ("read s", "match s", "check itself s", "start and write s")


def failures(results: Sequence[Result]) -> str:
    """Cells that did not end well; nothing where all did."""
    rows = [
        (
            cell_name(each["shape"], each["children"], each["regime"]),
            ENGINES.get(each["contestant"], each["contestant"]),
            each["failed"],
        )
        for each in results
        if "failed" in each
    ]
    return "\n\nDid not end:\n\n" + table(("cell", "who", "why"), rows) if rows else ""


def estimates(results: Sequence[Result]) -> str:
    """The program's own estimate of its errors, made without labels, beside the truth."""
    rows = []
    for each in [*ours(results, "pair"), *ours(results, "county")]:
        expected = (each.get("quality") or {}).get("expected")
        if not expected:
            continue
        true = {"false_links": each["evaluated"]["wrong_links"], "lost_children": each["evaluated"]["lost"]}
        if "judged" in each:
            true["missed_links"] = each["judged"]["review_flagged"]["false_alarms"]
        cells = [cell_name(each["shape"], each["children"], each["regime"]), each["seed"]]
        for name in EXPECTED:
            cells += [_interval(expected[name]), _held(expected[name], true.get(name))]
        rows.append(cells)
    heads = [cell for title in EXPECTED.values() for cell in (f"{title}: estimated", "true")]
    return table(("cell", "seed", *heads), rows)


EXPECTED = {
    "false_links": "wrong links",
    "missed_links": "on a roll, not linked",
    "lost_children": "lost children",
}


def _interval(found: dict[str, float]) -> str:
    return f"{found['value']:,.1f} ({found['low']:,.1f} to {found['high']:,.1f})"


def _held(found: dict[str, float], true: int | None) -> str:
    if true is None:
        return ""
    return f"{true:,}" if found["low"] <= true <= found["high"] else f"{true:,} (outside)"


def ours(results: Sequence[Result], shape: str) -> list[Result]:
    """Our results on worlds of one shape."""
    found = groups(results).items()
    return [each for key, group in found if key[0] == shape for each in group.get("rollcall", [])]


PARTS: dict[str, Callable[[Sequence[Result]], str]] = {
    "about": about,
    "bars": bars,
    "accuracy": accuracy,
    "counties": counties,
    "speed": speed,
    "spark": on_spark,
    "spark_steps": steps,
    "spark_lists": all_lists,
    "failures": failures,
    "estimates": estimates,
    "service": service,
}
"""What the template may ask for, as ``<!-- name -->``."""

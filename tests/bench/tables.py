"""Results as rows of tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.bench.contestants import Result

NAMES = {"rollcall": "Rollcall", "splink": "Splink 5", "floor": "floor"}
HEADS = (
    "shape", "regime", "children", "seed", "who", "in no school", "lost", "false alarms", "review", "F1",
    "F1 best cut", "wrong links", "merged", "split", "read s", "match s", "check s", "rest s", "list s",
    "wall s", "cpu s", "MB",
)  # fmt: skip
READ, LIST, CHECK, WRITE = "读取名单", "写出 children.csv", "自查质量", "写出结果"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, or a sentence where there is nothing to show."""
    lines = [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    if not lines:
        return "Not measured yet."
    return "\n".join([f"| {' | '.join(heads)} |", "|" + "---|" * len(heads), *lines])


def row_of(result: Result) -> list[str]:
    """The cells of one row, in the order of HEADS."""
    about = [str(result["shape"]), str(result["regime"]), f"{result['children']:,}", str(result["seed"])]
    about.append(str(result["contestant"]))
    if "failed" in result:
        return [*about, f"failed: {result['failed']}".replace("|", "/"), *[""] * (len(HEADS) - 6)]
    seconds = [f"{each:.1f}" for each in (answered(result), result["wall"], result["cpu"])]
    used = [*seconds, f"{result['memory'] / 2**20:.0f}"]
    return [*about, *_accuracy(result), *_steps(result), *used]


def _accuracy(result: Result) -> list[str]:
    judged = result.get("judged") or {}
    evaluated = result.get("evaluated") or {}
    if not judged and not evaluated:
        return [""] * 9
    best = judged.get("best", {})
    shipped = judged.get("shipped") or (evaluated and evaluated_as_shipped(evaluated)) or judged["natural"]
    cells = [shipped["missing"], shipped["lost"], shipped["false_alarms"], shipped.get("review", "")]
    cells += [f"{shipped['f1']:.4f}" if "f1" in shipped else "", f"{best['f1']:.4f}" if best else ""]
    cells += [best.get("wrong_links", evaluated.get("wrong_links", ""))]
    cells += [evaluated.get("merged", ""), evaluated.get("split", "")]
    return [f"{each:,}" if isinstance(each, int) else str(each) for each in cells]


def evaluated_as_shipped(found: dict[str, float]) -> dict[str, float]:
    """The counts of ``service.evaluate`` under the names of ``tests.bench.judge``."""
    return {
        "missing": found["flagged"] - found["false_alarms"] + found["lost"],
        "lost": found["lost"],
        "false_alarms": found["false_alarms"],
        "review": found["review"],
        "children": found["truth_children"],
        "flagged": found["flagged"],
    }


def _steps(result: Result) -> list[str]:
    if result["contestant"] != "rollcall":
        return [""] * 4
    return [f"{seconds:.1f}" for seconds in phases(result)]


def phases(result: Result) -> tuple[float, float, float, float]:
    """Seconds of reading, matching, checking itself, and of the rest: start and writing."""
    steps = dict(result["steps"])
    for written in (LIST, WRITE):
        steps.pop(written, None)
    read, check = steps.pop(READ, 0.0), steps.pop(CHECK, 0.0)
    match = sum(steps.values())
    return read, match, check, max(result["wall"] - read - match - check, 0.0)


def answered(result: Result) -> float:
    """Seconds from the start of the process until the answer stood there.

    Of Rollcall until ``children.csv`` was written; the others end with their answer.
    """
    return float(result.get("listed", result["wall"]))

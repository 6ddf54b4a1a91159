"""The part of docs/quality.md about the service: what ``tests.bench.service_run`` measured last."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.bench.contestants import Result
from tests.bench.worlds import HOME

STEPS = {
    "fetch": "decrypt the file",
    "scan": "virus scan hook (none set)",
    "read": "read in a process apart",
    "keep": "keep encrypted",
    "collect": "collect the records",
    "match": "match, check itself, write the files",
    "store": "children into the database",
    "finish": "finish",
    "whole": "the whole job",
}


def service(_: Sequence[Result]) -> str:
    """Tables of the two largest runs through the web, or that there is none."""
    kept = sorted(HOME.glob("service-*.json"), key=lambda path: int(path.stem.split("-")[1]))
    if not kept:
        return "Not measured yet."
    return "\n\n".join(_tables(json.loads(path.read_text("utf-8"))) for path in kept[-2:])


def _tables(found: Mapping[str, Any]) -> str:
    """What one run measured."""
    lines = [
        f"{found['household']['rows']:,} rows of a household register ({found['household']['mib']} MiB) and"
        f" {found['roll']['rows']:,} of a roll ({found['roll']['mib']} MiB), CSV. Load of the machine when it"
        f" began: {found['load']:.1f} (2 processors).",
        "",
        "| step | register, s | roll, s | run, s |",
        "|---|---|---|---|",
        f"| upload by the form | {found['household']['upload_s']} | {found['roll']['upload_s']} | |",
    ]
    for step, label in STEPS.items():
        cells = [
            found["household"]["steps_s"].get(step, ""),
            found["roll"]["steps_s"].get(step, ""),
            found["run"].get(step, ""),
        ]
        if any(cell != "" for cell in cells):
            name = "keep the files" if step == "keep" and not cells[0] else label
            lines.append(f"| {name} | " + " | ".join(str(cell) for cell in cells) + " |")
    lines += ["", "| pages | opened | median, ms | 95 %, ms | longest, ms |", "|---|---|---|---|---|"]
    for name, spread in found["pages_ms"].items():
        lines.append(
            f"| {name} | {spread['pages']} | {spread['median']} | {spread['p95']} | {spread['longest']} |"
        )
    peaks = ", ".join(f"{name} {mib:,}" for name, mib in found["memory_mib"].items())
    return "\n".join([*lines, "", f"Peak of the largest process of each program, MiB: {peaks}."])

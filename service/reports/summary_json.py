"""``summary.json``: counts at each step, hashes, model, settings, and the proof that nothing was dropped."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.reports import figures, limits, quality
from service.reports.result import RunResult

if TYPE_CHECKING:
    from connectors.reading import Reading

NAME = "summary.json"


def write(result: RunResult, out: Path) -> list[Path]:
    """Write the summary; readable by eye, keys in a fixed order."""
    first, last = result.cohort
    summary = {
        "program": {"name": "rollcall", "version": version("rollcall")},
        "as_of": result.as_of.isoformat(),
        "school_year": result.school_year,
        "school_age": {"born_from": first.isoformat(), "born_to": last.isoformat()},
        "results": asdict(figures.headline(result)),
        "counts": dict(result.screening.counts),
        "lists": [_list(result, reading) for reading in result.readings],
        "shortened": limits.shortened(result),
        "issues": dict(figures.count_by(result.issues, "code")),
        "proof": _proof(result),
        "model": dict(result.screening.model),
        "quality": quality.facts(result),
        "settings": dict(result.settings),
        "run": {
            "started": result.started.isoformat(timespec="seconds"),
            "finished": result.finished.isoformat(timespec="seconds"),
            "seconds": {step: round(seconds, 3) for step, seconds in result.timings.items()},
            "peak_memory_bytes": result.memory,
        },
    }
    path, part = out / NAME, out / f"{NAME}.part"
    part.write_text(json.dumps(summary, ensure_ascii=False, indent=1, default=str) + "\n", "utf-8")
    os.replace(part, path)
    return [path]


def read(out: Path) -> dict[str, Any]:
    """What ``write`` wrote there."""
    told: dict[str, Any] = json.loads((out / NAME).read_text("utf-8"))
    return told


def _list(result: RunResult, reading: Reading) -> dict[str, object]:
    lacking, wrong = figures.number_quality(result, reading)
    return {
        "file": reading.file,
        "sha256": reading.sha256,
        "bytes": reading.size,
        "format": reading.format,
        "encoding": reading.encoding,
        "kind": reading.kind,
        "confidence": round(float(reading.confidence), 3),
        "records": len(reading.records),
        "without_id_number": lacking,
        "with_wrong_id_number": wrong,
        "issues": dict(result.issues_in(reading.file).severities),
        "sheets": [
            {
                "sheet": sheet.sheet,
                "name": sheet.name,
                "visible": sheet.visible,
                "kind": sheet.kind,
                "layout": sheet.layout,
                "header_rows": list(sheet.header_rows),
                "rows": asdict(sheet.rows),
            }
            for sheet in reading.sheets
        ],
    }


def _proof(result: RunResult) -> dict[str, object]:
    """Rows in = records + issues, sheet by sheet; and each record read has one fate."""
    proofs = figures.proofs(result.readings)
    fates = result.screening.fates
    records = sum(len(reading.records) for reading in result.readings)
    return {
        "rows": sum(proof.nonempty for proof in proofs),
        "rows_balanced": all(proof.balanced for proof in proofs),
        "unbalanced_sheets": [f"{proof.file}#{proof.sheet}" for proof in proofs if not proof.balanced],
        "records": records,
        "records_accounted": sum(fates.values()),
        "records_balanced": records == sum(fates.values()),
        "fates": fates,
    }

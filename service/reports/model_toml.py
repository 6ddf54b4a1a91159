"""``model.toml``: the model that the run used, to be read, compared and given again."""

from __future__ import annotations

import os
from pathlib import Path

from service.reports.result import RunResult

NAME = "model.toml"


def write(result: RunResult, out: Path) -> list[Path]:
    """Write the model as the matcher gives it."""
    path, part = out / NAME, out / f"{NAME}.part"
    part.write_text(result.screening.model_toml, "utf-8")
    os.replace(part, path)
    return [path]

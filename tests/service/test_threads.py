"""However many threads read and match, an office gets the same files: on a made-up county with every list."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from service.cli import main
from service.demo import make_county


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    make_county(500, 8, folder)
    return folder / "files"


@pytest.fixture(scope="module")
def alone(county: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What is written where everything is done one after the other."""
    with pytest.MonkeyPatch.context() as patch:
        return results(county, tmp_path_factory.mktemp("alone"), patch, workers=1, threads=1)


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads take turns a thousand times as often as usual."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 1000)
    yield
    sys.setswitchinterval(usual)


def results(
    files: Path, out: Path, patch: pytest.MonkeyPatch, *, workers: int, threads: int
) -> dict[str, object]:
    """The tables, and what the summary says beside times and settings."""
    patch.setattr("matchers.side_by_side.MOST", threads)
    patch.setattr("os.cpu_count", lambda: threads)
    # So few rows are otherwise worked on without threads.
    patch.setattr("matchers.side_by_side.FEW", 0)
    words = ["screen", files, "--as-of", "2026-09-01", "--workers", workers, "--out", out]
    run = CliRunner().invoke(main, [str(word) for word in words])
    assert run.exit_code == 0, run.output
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    tables = {path.name: path.read_bytes() for path in sorted(out.glob("*.csv"))}
    return {**tables, **{name: summary[name] for name in ("counts", "proof", "quality")}}


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("workers", "threads"), [(4, 1), (3, 8)])
def test_the_number_of_threads_changes_nothing(
    county: Path,
    alone: dict[str, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    workers: int,
    threads: int,
) -> None:
    together = results(county, tmp_path, monkeypatch, workers=workers, threads=threads)
    assert list(together) == list(alone)
    assert [name for name in alone if together[name] != alone[name]] == []

"""H5: where the disk of files is full, what comes is refused whole, what waits goes on when there is room."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.servers import Database
from tests.service.uploads.county import settle


def test_h5_a_full_disk_refuses_cleanly_and_goes_on_by_itself(database: Database, tmp_path: Path) -> None:
    """On a real file system of its own; ``unshare`` gives it to this process alone, without root."""
    settle(database, tmp_path / "elsewhere")
    state = tmp_path / "small"
    state.mkdir()
    command = ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "tests.service.jobs.full_disk"]
    done = subprocess.run(
        [*command, database.app_url, str(state)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["large"], told["says"]) == (503, True)
    assert (told["lists"], told["left"]) == (0, []), "nothing is half stored"
    assert told["small"] == 303, "there was room for a small one"
    assert set(told["states"]) == {"waiting for room: 0 pieces"}, "however often, no attempt is counted"
    assert (told["bells"], told["then"]) == (1, ["done"]), "by the sweep, without a person"
    assert told["records"] == 2_000

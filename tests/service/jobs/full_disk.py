"""Run apart, in a mount namespace of its own: the service on a disk of a few MiB, full and then not.

Prints one line of JSON for the test that started it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from service.jobs.sweep import _ring_lost
from tests.servers import Database
from tests.service.uploads.county import County, browser, household, upload
from tests.web import settings_of

SMALL, ENOUGH = "4m", "200m"


def main(database_url: str, state: Path) -> dict[str, object]:
    """Send a list that there is no room for, read one with no room to read it in, and make room."""
    _mount("tmpfs", f"size={SMALL}", state)
    at = Database("", "", "", database_url)
    county = County(settings_of(at, state=str(state), reader_seconds=60, reader_memory_mib=1024))
    told: dict[str, object] = {}
    who = browser(county.app(), "police")
    large = upload(who, household(60_000), "大.csv")
    told["large"] = large.status_code
    told["says"] = "磁盘已满" in large.text
    told["lists"] = county.count("select count(*) from agency_list")
    told["left"] = _files(state)
    told["small"] = upload(who, household(2_000), "小.csv").status_code
    filler = state / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                file.write(b"x" * 65_536)
                file.flush()
        except OSError:
            pass
    job = county.count("select id from job where state = 'queued'")
    told["states"] = [_tried(county, job) for _ in range(county.settings.job_attempts + 1)]
    _mount("remount", f"remount,size={ENOUGH}", state)
    filler.unlink(missing_ok=True)
    _ring_lost(county.settings)
    told["bells"] = county.count("select count(*) from outbox")
    told["then"] = county.work()
    told["records"] = county.count("select records from agency_list")
    return told


def _tried(county: County, job: int) -> str:
    from service.jobs.perform import perform

    left = perform(county.settings, job)
    return f"{left}: {county.count('select count(*) from record_chunk')} pieces"


def _files(state: Path) -> list[str]:
    """What lies in the store or half written beside it."""
    return [str(path.relative_to(state)) for path in (state / "blobs").rglob("*") if path.is_file()]


def _mount(kind: str, options: str, place: Path) -> None:
    command = ["mount", "-o", options, *(["-t", kind, "none"] if kind == "tmpfs" else []), str(place)]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2])), ensure_ascii=False))

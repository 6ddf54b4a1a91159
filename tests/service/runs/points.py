"""The app of a real worker whose run stops once where the test says, so that its process can be killed there.

``flags/point`` names the place; the process writes its number into ``flags/at`` and waits for the end.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service.jobs.worker import app
from service.privacy.blobs import BlobStore
from service.runs import tasks
from service.runs.workplace import Workplace
from tests.service.jobs.works import FLAGS

__all__ = ["app"]
FLAG = Path(os.environ[FLAGS])


def stop(point: str) -> None:
    wanted = FLAG / "point"
    if wanted.exists() and wanted.read_text() == point:
        wanted.unlink()
        (FLAG / "at.part").write_text(str(os.getpid()))
        (FLAG / "at.part").rename(FLAG / "at")
        time.sleep(300)


def around(owner: Any, name: str, before: str = "", after: str = "") -> None:
    made: Callable[..., Any] = getattr(owner, name)

    def wrapped(*args: Any, **options: Any) -> Any:
        with (FLAG / "calls").open("a") as calls:
            calls.write(f"{name}\n")
        stop(before)
        answer = made(*args, **options)
        stop(after)
        return answer

    setattr(owner, name, wrapped)


around(tasks, "collect", after="collected")
around(tasks, "match_and_write", after="matched")
around(Workplace, "finish", after="laid")
around(tasks, "write", after="written")
around(tasks, "_finish", before="stored", after="finished")
around(BlobStore, "put", after="kept")

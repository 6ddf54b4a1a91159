"""The pass over everything that is encrypted, in the background: what follows a change of keys."""

from __future__ import annotations

from service.jobs.context import Context
from service.jobs.work import Work
from service.privacy import custody
from service.privacy.rotation import Rotation

KIND = "keys"


def run(context: Context) -> None:
    """One pass; killed anywhere, the next one goes on with what is left."""
    done = 0

    def told(what: str, count: int) -> None:
        nonlocal done
        done += count
        context.progress(done, 0, "行")

    with context.step("move"):
        settings = context.settings
        Rotation(
            settings.database_url, custody.ring_of(settings), custody.blobs_of(settings), told=told
        ).advance()


WORK = [Work(KIND, "reports", run, "更换密钥", {"move": "用新密钥重新加密"}, seconds=24 * 3600)]

"""The files of a PostgreSQL server: made whole or not at all, and cleared of what a killed server left."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from service.embedded import EmbeddedError
from service.embedded.kept import LOOPBACK, write_private
from service.embedded.unprivileged import Runner

# With LC_CTYPE=C pg_trgm drops every Chinese character: similarity('张三丰', '张三') is 0. There is no ICU.
_LOCALE = ("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8")
_RULES = f"host all all {LOOPBACK}/32 scram-sha-256\n"


def environment(home: Path) -> dict[str, str]:
    """Nothing of the caller's: PGDATA, PGPORT, LC_ALL and their like would change what the server is."""
    return {"PATH": os.defpath, "HOME": str(home), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def make_cluster(
    cluster: Path, programs: Path, who: Runner, superuser: str, password: str, *, durable: bool
) -> None:
    """Make the files of a new server in ``cluster``. Raises ``EmbeddedError`` with what initdb said.

    They are made beside their place and moved there whole: one half made is never taken for a server's.
    """
    home = cluster.parent
    draft, word = home / "cluster.new", home / "initdb.password"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(0o700)
    write_private(word, password)
    for each in (draft, word):
        who.own(each)
    command = (*who.prefix, str(programs / "initdb"), "-D", str(draft), "-U", superuser, *_LOCALE)
    command += ("-A", "scram-sha-256", f"--pwfile={word}", *(() if durable else ("--no-sync",)))
    made = subprocess.run(  # noqa: S603 - the wheel's own program
        command, cwd=home, env=environment(home), capture_output=True, check=False, **who.credentials
    )
    word.unlink()
    if made.returncode != 0:
        said = made.stderr.decode("utf-8", "replace").strip()
        raise EmbeddedError(f"无法在 {home} 建立数据库：\n{said}")
    (draft / "pg_hba.conf").write_text(_RULES, "ascii")
    draft.rename(cluster)


def serving(cluster: Path) -> int | None:
    """Return the process that serves the cluster now; None where none does."""
    try:
        pid = int((cluster / "postmaster.pid").read_text("utf-8").split("\n", 1)[0])
        # After a crash the number may be another program's: a server's working folder is its cluster.
        return pid if os.path.samefile(f"/proc/{pid}/cwd", cluster) else None
    except (OSError, ValueError):
        return None


def clear_stale_mark(cluster: Path) -> None:
    """Remove the mark of a server that was killed; call it where none serves. Raises ``EmbeddedError``.

    The server does this by itself while no program has the number, and refuses to start where one has. The
    mark also guards against children of the killed server that still write: they are waited for.
    """
    mark = cluster / "postmaster.pid"
    if not mark.exists():
        return
    until = time.monotonic() + 10.0
    while survivors := _working_in(cluster):
        if time.monotonic() > until:
            raise EmbeddedError(f"上一次的 PostgreSQL 还有进程没有退出：{survivors}。请结束它们后再试。")
        time.sleep(0.05)
    mark.unlink()


def _working_in(folder: Path) -> list[int]:
    """Processes whose working folder this is."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            with suppress(OSError):
                if os.path.samefile(each / "cwd", folder):
                    found.append(int(each.name))
    return found

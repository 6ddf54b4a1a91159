"""How PostgreSQL, which refuses to run as root, runs where the caller is root."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.embedded import EmbeddedError

NOBODY = "nobody"


@dataclass(frozen=True)
class Runner:
    """As whom a program runs: words before its command, credentials of its process, owner of its files."""

    prefix: tuple[str, ...] = ()
    credentials: Mapping[str, Any] = field(default_factory=dict)
    owner: tuple[int, int] | None = None

    def own(self, path: Path) -> None:
        """Give ``path`` and all below it to the owner of the program's files, if it is somebody else's."""
        if self.owner is None or path.lstat().st_uid == self.owner[0]:
            return
        os.chown(path, *self.owner)
        if path.is_dir():
            for folder, folders, files in os.walk(path):
                for name in (*folders, *files):
                    os.chown(os.path.join(folder, name), *self.owner, follow_symlinks=False)


def runner(data: Path, binaries: Path) -> Runner:
    """Return as whom a server with its files below ``data`` and its programs in ``binaries`` runs.

    An ordinary caller runs it himself. For root it runs as ``nobody`` where nobody can reach both folders; in
    a checkout that only root may enter, it runs in a user namespace: there it is not root, and the files of
    root are still its own. Raises ``EmbeddedError`` where neither is possible.
    """
    if os.geteuid() != 0:
        return Runner()
    nobody = pwd.getpwnam(NOBODY)
    if _reachable(data.parent) and _reachable(binaries):
        data.chmod(data.stat().st_mode | 0o111)
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        return Runner(credentials=who, owner=(nobody.pw_uid, nobody.pw_gid))
    unshare = shutil.which("unshare")
    if unshare is None:
        raise EmbeddedError(
            f"PostgreSQL 不能以 root 身份运行，而 {data} 只有 root 能进入，系统又没有 unshare（util-linux）。"
            "请换用普通用户运行，或设置 DATABASE_URL 使用现有的数据库。"
        )
    mapped = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
    return Runner(prefix=(unshare, "--user", *mapped, "--"), owner=(0, 0))


def _reachable(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))

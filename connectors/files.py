"""Read everything that agencies sent: files and folders, each file once."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from connectors.counties import tell_other_counties
from connectors.guard import LIMITS
from connectors.layout import Layout
from connectors.read import Sent, nothing, read
from connectors.reading import Reading
from connectors.versions import tell_versions
from schemas.issue import Issue


def read_path(path: str | Path, *, kind: str = "", layouts: Sequence[Layout] = (), name: str = "") -> Reading:
    """Read one file from disk; ``name`` is what messages call it, the file's base name when empty."""
    path = Path(path)
    name = name or path.name
    try:
        if path.stat().st_size > LIMITS.file_bytes:
            return _unopened(name, "file.too_large", limit=LIMITS.file_bytes // 2**20)
        held = [path.read_bytes()]
    except OSError as error:
        return _unopened(name, "file.unreadable", value=error.strerror or "")
    reading = read(held.pop(), name, kind=kind, layouts=layouts)
    # The allocator keeps what was freed; the next file may be as large again.
    pa.default_memory_pool().release_unused()
    return reading


def _unopened(name: str, code: str, **values: object) -> Reading:
    """A file of which not a byte was read."""
    return nothing(Sent(name, hashlib.sha256(b"").hexdigest(), 0), Issue(code, name, values=values))


def read_all(
    paths: Sequence[str | Path],
    kinds: Mapping[str, str] | None = None,
    layouts: Sequence[Layout] = (),
    progress: Callable[[str], None] = lambda name: None,
    workers: int = 1,
) -> list[Reading]:
    """Read files and folders, each file once.

    Args:
        paths: files, or folders that are walked.
        kinds: path or base name -> kind, what ``--as`` says.
        layouts: saved layouts.
        progress: called with each file's name before it is read.
        workers: files that are read at the same time.

    Returns:
        One Reading a file, in the order of their names within each path; lock files and hidden files
        give an issue only, and so does a file whose bytes came before.
    """
    named, told = _named(paths), kinds or {}
    wanted = [(path, name, _told_kind(told, path, name), tuple(layouts)) for path, name in named]
    readings: list[Reading] = []
    seen: dict[str, str] = {}
    for (_, name, _, _), reading in zip(wanted, _each(wanted, workers, progress), strict=True):
        if reading.size and reading.sha256 in seen:
            issue = Issue("file.duplicate", name, values={"value": seen[reading.sha256]})
            reading = nothing(Sent(name, reading.sha256, reading.size), issue)
        seen.setdefault(reading.sha256, name)
        readings.append(reading)
    told_of = tell_versions(tell_other_counties(readings))
    pa.default_memory_pool().release_unused()
    return told_of


def at_a_time() -> int:
    """How many files are read at the same time where nobody says: one a core, and few, for their memory."""
    return min(os.cpu_count() or 1, 4)


Wanted = tuple[Path, str, str, tuple[Layout, ...]]


def _told_kind(kinds: Mapping[str, str], path: Path, name: str) -> str:
    """The kind that was said for a file, by its path or its name; "" for none."""
    return next((kinds[key] for key in (str(path), name, path.name) if key in kinds), "")


def _each(wanted: Sequence[Wanted], workers: int, progress: Callable[[str], None]) -> Iterator[Reading]:
    """Read the files, in their order; in threads where more than one may work."""
    if min(workers, len(wanted)) <= 1:
        for each in wanted:
            progress(each[1])
            yield _one(each)
        return
    # Threads, not processes: a table of a million rows would be copied three times to reach this one, and
    # what takes the time, numpy and Arrow, does not hold the interpreter.
    with ThreadPoolExecutor(min(workers, len(wanted))) as pool:
        for each, reading in zip(wanted, pool.map(_one, wanted), strict=True):
            progress(each[1])
            yield reading


def _one(wanted: Wanted) -> Reading:
    path, name, kind, layouts = wanted
    if path.name.startswith(("~$", ".")) or path.name.lower() in ("thumbs.db", "desktop.ini"):
        return _unopened(name, "file.skipped")
    return read_path(path, kind=kind, layouts=layouts, name=name)


def _named(paths: Sequence[str | Path]) -> list[tuple[Path, str]]:
    """Every file with the name that messages use: its base name, or the path where base names clash."""
    found: list[tuple[Path, Path]] = []
    for given in map(Path, paths):
        if given.is_dir():
            found += [(each, each.relative_to(given)) for each in sorted(given.rglob("*")) if each.is_file()]
        else:
            found.append((given, given))
    unique = {path.resolve(): (path, shown) for path, shown in reversed(found)}
    kept = [unique[path.resolve()] for path, shown in found if unique[path.resolve()][1] is shown]
    clashes = Counter(path.name for path, _ in kept)
    return [(path, path.name if clashes[path.name] == 1 else shown.as_posix()) for path, shown in kept]

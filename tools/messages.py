"""Gather the Chinese texts that people read, so that each has an English one beside it.

    .venv/bin/python -m tools.messages

The message is the Chinese text itself. Gathered are ``_()`` of the templates, ``gettext`` and
``lazy_gettext``, what the errors of ``service.errors`` and the places of the navigation say, and the words
of the tables of ``TABLES``, which templates show by ``_(TABLE[code])``. New ones stand in ``messages.po``
with an empty translation, those that no text uses any more go.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from schemas.records import record_types
from service.errors import ServiceError
from service.uploads import fetching, scanner

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = ROOT / "service" / "web" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
CHINESE = re.compile("[\u3400-\u9fff]")
TABLES: Mapping[str, tuple[str, ...]] = {
    "schemas/case.py": ("KINDS", "STATES", "TIERS", "MOVES"),
    "schemas/indicator.py": ("FAMILIES",),
    "schemas/ledger.py": ("LEDGERS", "CHANGES"),
    "schemas/meeting.py": ("TOPICS", "DECISIONS"),
    "schemas/permission.py": ("AGENCY_KINDS", "ACTIONS"),
    "schemas/placement.py": ("PLACES",),
    "schemas/review.py": ("VERDICTS", "STATES", "STRATA", "FINDINGS"),
    "schemas/rounds.py": ("STATES", "LIST_STATES", "JOB_STATES"),
    "schemas/table.py": ("PERSON",),
    **{f"schemas/records/{kind}.py": ("RECORD",) for kind in record_types()},
    "service/aid/sheets.py": ("CONCLUSIONS",),
    "service/aid/tasks.py": ("STEPS", "WORK"),
    "service/cases/asking.py": ("KINDS", "REQUEST_STATES"),
    "service/cases/shown.py": ("EVENTS",),
    "service/corrections/rules.py": ("SINCE",),
    "service/corrections/tasks.py": ("STEPS", "WORK"),
    "service/rounds/views.py": ("WORDS",),
    "service/runs/cells.py": ("ENROLMENT", "ATTENDANCE", "BAND_LABELS"),
    "service/runs/child.py": ("ROLES",),
    "service/runs/shown.py": ("STAGES", "GRADES"),
    "service/runs/tasks.py": ("STEPS", "WORK"),
    "service/uploads/acts.py": ("DONE",),
    "service/uploads/feeds.py": ("SOURCES",),
    "service/uploads/layouts.py": ("DOUBTS",),
    "service/uploads/rules.py": ("NOT_READY",),
    "service/uploads/shown.py": ("WAITING_FOR", "SEVERITIES", "LAYOUTS", "ROWS"),
    "service/uploads/tasks.py": ("REFUSALS", "STEPS", "MARK_STEPS", "WORK"),
    "service/uploads/views.py": ("WAY", "SOURCES"),
}
"""Module -> the tables in it whose words are shown on pages."""

METHODS = [("**.py", "python"), ("web/templates/**.html", "jinja2")]
DECLARED = (fetching.FetchError, scanner.ScannerDownError)
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "Place": (2,),
    # Errors that features declare are known once imported: named, so that it is the same whoever came before.
    **{error.__name__: None for error in {*ServiceError.__subclasses__(), *DECLARED}},
}


def gathered() -> dict[str, str]:
    """Each text in use, with the first place where it stands."""
    found: dict[str, str] = {}
    for file, line, message, _, _ in extract_from_dir(
        str(ROOT / "service"),
        method_map=METHODS,
        keywords=KEYWORDS,
        options_map={"web/templates/**.html": {"silent": "false", "trimmed": "true"}},
    ):
        for text in (message,) if isinstance(message, str) else message:
            if text and CHINESE.search(text):
                found.setdefault(text, f"service/{file}:{line}")
    for file, names in TABLES.items():
        for word in _words(ROOT / file, names):
            found.setdefault(word, file)
    return found


def _words(file: Path, names: Sequence[str]) -> Iterator[str]:
    """The Chinese texts within the tables of a module."""
    for node in ast.parse(file.read_text("utf-8")).body:
        target = node.target if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [None])[0]
        if isinstance(target, ast.Name) and target.id in names:
            for each in ast.walk(node):
                if (
                    isinstance(each, ast.Constant)
                    and isinstance(each.value, str)
                    and CHINESE.search(each.value)
                ):
                    yield each.value


def translated() -> dict[str, str]:
    """Each text of the English catalogue with its translation; "" where there is none yet."""
    with ENGLISH.open("rb") as file:
        return {str(each.id): str(each.string) for each in read_po(file) if each.id}


def main() -> None:
    """Write the catalogue anew and say what is still to be translated."""
    known, used = translated(), gathered()
    catalog = Catalog(locale="en", charset="utf-8")
    for text in sorted(used):
        catalog.add(text, known.get(text, ""))
    with ENGLISH.open("wb") as file:
        write_po(file, catalog, width=0, omit_header=True, no_location=True)
    for text, place in used.items():
        if not known.get(text):
            print(f"{place}: {text}")


if __name__ == "__main__":
    main()

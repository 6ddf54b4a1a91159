"""Gather the Chinese texts that people read, so that each has an English one beside it.

    .venv/bin/python -m tools.messages

The message is the Chinese text itself. Gathered are ``_()`` of the templates, ``gettext`` and
``lazy_gettext``, and what the errors of ``service.errors`` and the places of the navigation say. New ones
stand in ``messages.po`` with an empty translation, those that no text uses any more go.
"""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from service.errors import ServiceError
from service.uploads import fetching, scanner

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = ROOT / "service" / "web" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
CHINESE = re.compile("[\u3400-\u9fff]")
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
    return found


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

"""Values of one column, cleaned by their field: each distinct value is worked on once, most at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter

import numpy as np
import pyarrow as pa

from connectors.formats.book import letter
from connectors.formats.grid import picked, text, written
from connectors.texts import single_blanks
from schemas.fields import Field, fields
from schemas.fields.glance import CAREFUL, Longs, Verdicts
from schemas.issue import Issue, catalogue
from schemas.table import RECORDS

MOSTLY = 0.2
"""From this share of rows on, a slip of writing that changes nothing is told once for the column."""


@cache
def field_of() -> Mapping[str, str]:
    """Column of RECORDS -> name of the field that cleans it; free text has none."""
    return {column.name: column.field for column in RECORDS.columns if column.field}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a column of values stands: one row number a value."""

    file: str
    sheet: int
    column: int
    rows: Longs


def clean_column(
    values: pa.LargeStringArray, name: str, place: Place, lost: frozenset[int] = frozenset()
) -> tuple[pa.LargeStringArray, list[Issue]]:
    """Clean one column of a sheet.

    Args:
        values: raw text, one a person.
        name: the column of RECORDS.
        place: where it stands.
        lost: row numbers whose cell was stored as a number too long to keep its digits.

    Returns:
        The canonical values and an issue for each cell that has something wrong with it.
    """
    found = fields().get(field_of().get(name, ""))
    if found is None:
        return single_blanks(values), []
    verdicts = found.glance.look(values) if found.glance else np.full(len(values), CAREFUL, np.int8)
    careful = np.flatnonzero(verdicts == CAREFUL)
    coded = picked(values, careful).dictionary_encode()
    read = _read_each(found, coded.dictionary.to_pylist())
    wrong = _Wrong(values, name, found, verdicts, careful, coded.indices.to_numpy(), read)
    issues = wrong.issues(place, lost)
    if all(each.cleaned == each.raw for each in read):
        return values, issues
    made = text([each.cleaned for each in read]).take(coded.indices)
    return made if len(careful) == len(values) else written(values, careful, made), issues


@dataclass(frozen=True, slots=True)
class _Value:
    """One distinct value that was read by itself."""

    raw: str
    cleaned: str
    codes: tuple[str, ...]


def _read_each(found: Field, texts: Sequence[str]) -> list[_Value]:
    # Cleaned and checked one after the other: a field that remembers its last value reads each text once.
    return [
        _Value(raw, found.clean(raw), found.validate(raw)) if raw else _Value("", "", ()) for raw in texts
    ]


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What is wrong in one column; an issue is only made of what will be told.

    Attributes:
        values: the column. verdicts: on each of its values.
        careful: the places whose values were read by themselves. codes: of each, its place in ``read``.
    """

    values: pa.LargeStringArray
    name: str
    found: Field
    verdicts: Verdicts
    careful: Longs
    codes: Longs
    read: Sequence[_Value]

    def issues(self, place: Place, lost: frozenset[int]) -> list[Issue]:
        """An issue for each cell in which something is wrong, or one for the column where much of it is."""
        label = letter(place.column)
        counts = self._counts()
        most = max(20, MOSTLY * len(self.values))
        common = {code for code, n in counts.items() if n > most and catalogue()[code].severity == "info"}
        told = []
        for at, problems, values in self._entries(common):
            row = int(place.rows[at])
            for problem in problems:
                actual = "id_number.float" if lost and row in lost and problem in _LOST else problem
                told.append(Issue(actual, place.file, place.sheet, row, label, values))
        for code in sorted(common):
            one = Issue(code, values={"value": self._example(code)})
            values = {"n": counts[code], "zh": one.message("zh"), "en": one.message("en")}
            told.append(Issue("column.common", place.file, place.sheet, 0, label, values))
        return told

    def _counts(self) -> Mapping[str, int]:
        """How often each code holds."""
        counts: Counter[str] = Counter()
        for each, n in zip(
            self.read, np.bincount(self.codes, minlength=len(self.read)).tolist(), strict=True
        ):
            for code in each.codes:
                counts[code] += n
        for verdict, n in enumerate(np.bincount(self.verdicts[self.verdicts > 0]).tolist()):
            for code in self._told(verdict) if n else ():
                counts[code] += n
        return counts

    def _example(self, code: str) -> str:
        """A value of which this code holds, as it may be shown."""
        for each in self.read:
            if code in each.codes:
                return shown_value(each.raw, each.cleaned, self.name)
        told = [code in self._told(verdict) for verdict in range(int(self.verdicts.max()) + 1)]
        raw = self.values[int(np.argmax(np.array(told)[np.maximum(self.verdicts, 0)]))].as_py()
        return shown_value(raw, raw, self.name)

    def _told(self, verdict: int) -> tuple[str, ...]:
        return self.found.glance.told[verdict] if self.found.glance else ()

    def _entries(self, common: set[str]) -> Iterable[tuple[int, tuple[str, ...], Mapping[str, object]]]:
        """Place, codes to be told and what the wording needs, in the order of places."""

        def left(codes: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(code for code in codes if code not in common) if common else codes

        problems = {
            at: codes for at, each in enumerate(self.read) if each.codes and (codes := left(each.codes))
        }
        shown = {
            at: {"value": shown_value(self.read[at].raw, self.read[at].cleaned, self.name)} for at in problems
        }
        is_wrong = np.zeros(len(self.read), dtype=bool)
        is_wrong[list(problems)] = True
        chosen = np.flatnonzero(is_wrong[self.codes])
        entries = [
            (at, problems[code], shown[code])
            for at, code in zip(self.careful[chosen].tolist(), self.codes[chosen].tolist(), strict=True)
        ]
        seen = len(entries)
        for verdict in range(1, len(self.found.glance.told) if self.found.glance else 0):
            places = np.flatnonzero(self.verdicts == verdict)
            if len(places) and (codes := left(self._told(verdict))):
                entries += [
                    (at, codes, {"value": shown_value(each, each, self.name)})
                    for at, each in zip(places.tolist(), picked(self.values, places).to_pylist(), strict=True)
                ]
        return sorted(entries, key=itemgetter(0)) if len(entries) > seen else entries


_LOST = (
    "id_number.masked",
    "id_number.truncated",
    "id_number.float",
    "id_number.charset",
    "id_number.length",
)


def shown_value(raw: str, cleaned: str, name: str) -> str:
    """A value as it may stand in a message: masked by its field, or by its digits when it has no form."""
    field = fields().get(field_of().get(name, ""))
    if field is not None and cleaned:
        return field.mask(cleaned)
    if sum(char.isdecimal() for char in raw) >= 6:
        return raw[:3] + "*" * min(len(raw) - 5, 15) + raw[-2:]
    return raw[:20]

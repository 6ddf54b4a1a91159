"""Records and tables as one person sees them: the way out of every page, answer and export."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pandas as pd

from schemas.masking import Sight
from service.accounts.identity import Identity


def sight_of(identity: Identity, unmasked: Collection[str] = ()) -> Sight:
    """What a person sees; ``unmasked`` as ``rules.unmasked`` gives it for one child or record."""
    return Sight(identity.roles, frozenset(unmasked))


def mask_record(record: Mapping[str, Any], sight: Sight) -> dict[str, Any]:
    """One child, record or link. What is no text (a list, a date) is masked item by item, as text.

    Raises:
        KeyError: ``schemas.masking`` does not say who may see one of the columns.
    """
    return {name: _shown(name, value, sight) for name, value in record.items()}


def mask_records(records: Iterable[Mapping[str, Any]], sight: Sight) -> list[dict[str, Any]]:
    """Several."""
    return [mask_record(record, sight) for record in records]


def mask_table(table: pd.DataFrame, sight: Sight) -> pd.DataFrame:
    """A table of texts as this person sees it; each distinct value is masked once.

    Raises:
        KeyError: ``schemas.masking`` does not say who may see one of the columns.
    """
    shown = table.copy(deep=False)
    for name in table.columns:
        codes, values = pd.factorize(table[name], use_na_sentinel=False)
        masked = [_shown(str(name), value, sight) for value in values]
        if masked != list(values):
            shown[name] = pd.Series(masked, dtype=object).take(codes).set_axis(table.index).astype("str")
    return shown


def _shown(name: str, value: Any, sight: Sight) -> Any:
    if isinstance(value, str):
        return sight.show(name, value)
    if isinstance(value, list | tuple):
        joined = sight.show(name, ";".join(map(str, value)))
        return value if joined == ";".join(map(str, value)) else [each for each in joined.split(";") if each]
    shown = sight.show(name, "" if value is None else str(value))
    # A date, a number or nothing that is seen whole stays what it is.
    return value if shown == ("" if value is None else str(value)) else shown

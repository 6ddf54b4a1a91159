"""A table of decisions as it is read: words and columns, values as codes, the records that it concerns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from matchers.pairs import mix
from matchers.people import Flags, Ints, People
from schemas.fields import fields

WORDS = {
    "same": "same",
    "同一人": "same",
    "different": "different",
    "不是同一人": "different",
    "alias": "alias",
    "别名": "alias",
}
COLUMNS = (
    "decision",
    "stage",
    *(f"{side}_{what}" for side in ("left", "right") for what in ("name", "id", "birth")),
)
_FIELD = {"name": "personal_name", "id": "resident_id", "birth": "birth_date"}


def concerned(said: pd.DataFrame, people: People) -> Flags:
    """The records without which ``hear`` would not tell the same; of all others it needs none.

    Those that a decision may name, and for each name and number of an alias one that bears it.

    Args:
        said: a table of decisions (``cleaned``).
    """
    codes = codes_of(said, people)
    alias = np.array([WORDS.get(word, "") == "alias" for word in said["decision"]], dtype=bool)
    born = np.where(people.birth > 0, people.birth, people.id_birth)
    number, name, birth = (
        np.concatenate([getattr(side, each) for side in codes.values()])
        for each in ("number", "name", "birth")
    )
    alias = np.tile(alias, len(codes))
    bare = mix(name + 1, birth + 1)[(number == 0) & (name > 0)]
    names = name[alias & (name > 0)]
    found: Flags = np.zeros(len(people), dtype=bool)
    for own in (people.id1, people.id2, people.adult_id):
        found |= np.isin(own, number[number > 0])
    found |= np.isin(mix(people.name + 1, born + 1), bare) & (people.id1 == 0)
    found |= np.isin(people.name, names) & np.isin(born, birth[alias & (birth > 0)])
    for column in (people.name, people.former):
        borne, first = np.unique(column, return_index=True)
        found[first[np.isin(borne, names)]] = True
    return found


def cleaned(table: pd.DataFrame) -> pd.DataFrame:
    """The columns that are read, each cleaned as a list's; absent ones are empty."""
    said = pd.DataFrame(index=range(len(table)))
    for column in COLUMNS:
        values = (
            table[column].fillna("").astype(str).str.strip()
            if column in table
            else pd.Series("", table.index)
        )
        field = _FIELD.get(column.rpartition("_")[2])
        said[column] = [fields()[field].clean(each) if field else each for each in values.tolist()]
    return said


@dataclass(frozen=True, slots=True)
class Side:
    """One side of each decision in codes: -1 for a value that no record has, 0 for none given."""

    name: Ints
    number: Ints
    birth: Ints


def codes_of(said: pd.DataFrame, people: People) -> dict[str, Side]:
    """The left and the right side of a cleaned table, in the codes of these people."""
    sides = {}
    for side in ("left", "right"):
        name, number = (
            pc.fill_null(
                pc.index_in(pa.array(said[f"{side}_{what}"], pa.large_string()), value_set=known), -1
            )
            for what, known in (("name", people.names.text), ("id", people.ids.text))
        )
        birth = [int(text.replace("-", "").ljust(8, "0")) if text else 0 for text in said[f"{side}_birth"]]
        sides[side] = Side(name.to_numpy(), number.to_numpy(), np.array(birth, dtype=np.int32))
    return sides

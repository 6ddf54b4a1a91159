"""What each row of a sheet is: a person, or one of the lines that people put between them."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.contents import fold, is_valid_id
from connectors.formats.grid import Grid, filled, flags
from connectors.header import Header
from connectors.headings import normalise
from schemas.fields.glance import Flags, Longs
from schemas.fields.plain_numbers import FINE, REGION, look_resident

_TOTAL = re.compile(
    r"^(本页|本村|本校|本班|全[县乡镇村校])?(合计|小计|总计|共计|累计|总人数|总户数|合计人数)([:：()（].*|\d.*|[一-鿿]{0,4})?$|^共\d+[人户名].*$|.{1,12}(小计|合计|总计)$"
)
_SIGNATURE = re.compile(
    r"(制表人?|填表人?|填报人|审核人?|审批人?|负责人|经办人|签字|签名|盖章|签章|校长|分管领导|主管领导|复核人?|单位公章)[^/]{0,10}[:：(（]|(盖章|签章|签字|公章)[)）]?$"
)
_NOTE = re.compile(
    r"^(备?注|说明|填表说明|填报说明|附注|注意|提示|数据来源|来源|注释)\s*[:：.\d、]|^(填表说明|填报说明)|^\d{1,2}[.、].{8,}"
)
_PAGE = re.compile(r"^第?\s*\d+\s*页(.*共\s*\d+\s*页)?$|^-\s*\d+\s*-$")

KINDS = ("", "title", "header", "note", "total", "signature", "repeated", "data")
"""What a row can be; "" is a blank row."""

DATA = KINDS.index("data")

Kinds = np.ndarray[tuple[int], np.dtype[np.int8]]
"""One place in ``KINDS`` a row, from the top."""

# Whatever starts neither with digits alone nor has one of these in it can be no line between persons; a
# little more is let through than ``_may_be_odd`` then says.
_SUSPECT = (
    "合计|小计|总计|共计|累计|总人数|总户数|^共|制表|填表|填报|审核|审批|负责|经办|签字|签名|盖章|签章|校长|领导|复核|公章"
    "|注|说明|提示|来源|页|^-|^.{1,2}[.、]"
)
_APART = "\x01"
_PIECE = 1 << 14


def classify(rows: Grid, header: Header, key_columns: Sequence[int]) -> Kinds:
    """Say of each row from the top what it is.

    Args:
        rows: every row of the sheet.
        header: the header found.
        key_columns: the columns (from 0) whose header speaks of names and numbers; none: every column.

    Returns:
        A place in ``KINDS`` for each row.
    """
    first = header.rows[-1] if header.rows else 0
    own_names = {
        each
        for name in header.names
        for each in (normalise(name), normalise(name.rpartition("/")[2]))
        if each
    }
    titles = set(header.title.split(" "))
    leads = rows.leads()
    kinds: Kinds = np.where(filled(leads), DATA, KINDS.index("")).astype(np.int8)
    above = np.arange(min(first, len(rows)))
    is_header = np.isin(above + 1, header.rows)
    kinds[above] = np.where(
        kinds[above] == DATA, np.where(is_header, KINDS.index("header"), KINDS.index("title")), kinds[above]
    )
    doubtful = (rows.counts() <= 3) & (kinds == DATA)
    doubtful[first:] |= _odd(leads.slice(first), own_names, titles)
    doubtful[:first] = False
    doubtful_rows = _not_certain(rows, np.flatnonzero(doubtful), key_columns)
    for at in range(0, len(doubtful_rows), _PIECE):
        numbers = doubtful_rows[at : at + _PIECE]
        for number, row in zip(numbers.tolist(), rows.rows(numbers), strict=True):
            lead = next(cell for cell in row if cell)
            kinds[number] = KINDS.index(_between(row, lead, own_names, titles, key_columns))
    return kinds


def _not_certain(rows: Grid, numbers: Longs, key_columns: Sequence[int]) -> Longs:
    """The rows without those that hold an identity number which passes: they are persons whatever else."""
    for column in key_columns or range(rows.width):
        if len(numbers):
            cells = rows.column(column).take(pa.array(numbers))
            numbers = numbers[~np.isin(look_resident(cells), (FINE, REGION)) | ~filled(cells)]
    return numbers


def _odd(leads: pa.LargeStringArray, own_names: set[str], titles: set[str]) -> Flags:
    """Which first cells may begin a line that is no person; each distinct one is looked at once."""
    words = own_names | titles
    result: Flags = filled(leads)
    if not any(word.isdecimal() for word in words):
        result &= ~flags(pc.ascii_is_decimal(leads))
    rows = np.flatnonzero(result)
    coded = leads.take(pa.array(rows)).dictionary_encode()
    distinct: list[str] = coded.dictionary.to_pylist()
    found = flags(pc.match_substring_regex(coded.dictionary, _SUSPECT))
    for at in np.flatnonzero(found).tolist():
        found[at] = _may_be_odd(distinct[at])
    for at, (lead, bare) in enumerate(zip(distinct, _all_normalised(distinct), strict=True)):
        if bare in own_names or lead in titles:
            found[at] = True
    result[rows] = found[coded.indices.to_numpy()]
    return result


def _all_normalised(texts: Sequence[str]) -> Sequence[str]:
    """``normalise`` of each text, in one call where no text holds the mark that keeps them apart."""
    whole = normalise(_APART.join(texts)).split(_APART)
    return whole if len(whole) == len(texts) else [normalise(text) for text in texts]


def _may_be_odd(lead: str) -> bool:
    return bool(_TOTAL.match(lead) or _SIGNATURE.search(lead) or _NOTE.match(lead) or _PAGE.match(lead))


def _between(
    row: Sequence[str], lead: str, own_names: set[str], titles: set[str], key_columns: Sequence[int]
) -> str:
    """The kind of a row that starts oddly; a row with an identity number is always a person."""
    cells = [cell for cell in row if cell]
    keys = [row[column] for column in key_columns if column < len(row)] if key_columns else list(row)
    if any(is_valid_id(fold(cell)) for cell in keys):
        return "data"
    if len(cells) >= 2 and sum(normalise(cell) in own_names for cell in cells) >= 0.7 * len(cells):
        return "repeated"
    if any(_TOTAL.match(cell) for cell in cells[:3]):
        return "total"
    if any(_SIGNATURE.search(cell) for cell in cells):
        return "signature"
    if _NOTE.match(lead) or (len(cells) == 1 and (_PAGE.match(lead) or len(lead) > 20)):
        return "note"
    if set(cells) <= titles or (len(cells) == 1 and lead in titles):
        return "title"
    if len(cells) == 1 and normalise(lead) in own_names:
        return "repeated"
    if key_columns and not any(keys) and not any(cell.isdecimal() for cell in cells):
        return "note"  # an office and a date below the list, a remark: no name and no number
    return "data"

"""What each row of a sheet is: a person, or one of the lines that people put between them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.contents import fold, is_valid_id
from connectors.header import Header
from connectors.headings import normalise

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

Kinds = list[str]


def classify(rows: Sequence[Sequence[str]], header: Header, key_columns: Sequence[int]) -> Kinds:
    """Say of each row from the top what it is.

    Args:
        rows: every row of the sheet.
        header: the header found.
        key_columns: the columns (from 0) whose header speaks of names and numbers; none: every column.

    Returns:
        One of ``"" title header note total signature repeated data`` a row; "" is a blank row.
    """
    first = header.rows[-1] if header.rows else 0
    own_names = {
        each
        for name in header.names
        for each in (normalise(name), normalise(name.rpartition("/")[2]))
        if each
    }
    titles = set(header.title.split(" "))
    verdicts: dict[str, str] = {}
    kinds: Kinds = []
    for at, row in enumerate(rows, start=1):
        lead = next((cell for cell in row if cell), "")
        if not lead:
            kinds.append("")
        elif at in header.rows:
            kinds.append("header")
        elif at <= first:
            kinds.append("title")
        else:
            if lead not in verdicts:
                verdicts[lead] = "odd" if _may_be_odd(lead, own_names) or lead in titles else "data"
            kind = verdicts[lead]
            kinds.append(
                _between(row, lead, own_names, titles, key_columns)
                if kind == "odd" or _is_sparse(row)
                else "data"
            )
    return kinds


def _is_sparse(row: Sequence[str]) -> bool:
    return sum(1 for cell in row if cell) <= 3


def _may_be_odd(lead: str, own_names: set[str]) -> bool:
    return bool(
        _TOTAL.match(lead)
        or _SIGNATURE.search(lead)
        or _NOTE.match(lead)
        or _PAGE.match(lead)
        or normalise(lead) in own_names
    )


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

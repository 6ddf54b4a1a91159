"""Township and village for counting and sorting, where a list gives only an address."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_ABOVE = (
    r"^(?:.{2,8}?(?:省|自治区|特别行政区))?"
    r"(?:.{2,10}?(?:自治州|地区|盟|市|州))?"
    r"(?:.{1,12}?(?:县|旗|市|(?<!社)区))?"
)
_IN_TOWN = r"(?P<town>.{1,12}?(?:街道办事处|街道|镇|乡|苏木))"
_IN_VILLAGE = r"(?P<village>.{1,10}?)(?P<kind>村民委员会|居民委员会|村委会|居委会|社区|村|嘎查)"
# A township is looked for first: 红旗 of 红旗镇 would else be read as a banner (旗), which is a county.
_FORMS = [re.compile(_ABOVE + rest) for rest in (_IN_TOWN + _IN_VILLAGE, _IN_TOWN, _IN_VILLAGE)]
_TOWN = re.compile(r"(?:街道|街道办|街道办事处|镇|乡|苏木|农场|林场|开发区|园区)$")
_KINDS = {"村民委员会": "村", "村委会": "村", "居民委员会": "社区", "居委会": "社区"}


def township_and_village(address: str) -> tuple[str, str]:
    """Read both from an address, each "" where it is not written.

    >>> township_and_village("某省某市某县杉阳镇石桥村委会石桥村5组103号")
    ('杉阳镇', '石桥村')
    """
    for form in _FORMS:
        if found := form.match(address):
            parts = found.groupdict("")
            kind = parts.get("kind", "")
            return parts.get("town", "").removesuffix("办事处"), parts.get("village", "") + _KINDS.get(
                kind, kind
            )
    return "", ""


# No name of a place goes on behind the last of these characters: what follows is a group, a house, a number.
_BEHIND = "[^处道镇乡木会区村查]*$"


def _read(addresses: pd.Series) -> tuple[NDArray[np.int64], list[tuple[str, str]]]:
    """The places of each address, as codes into a list: neighbours' addresses are read once."""
    values = pa.array(addresses, pa.large_string(), from_pandas=True)
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    known = pc.replace_substring_regex(values, _BEHIND, "").dictionary_encode()
    read = [township_and_village(address) for address in known.dictionary.to_pylist()]
    return known.indices.to_numpy(zero_copy_only=False), read


def placed_townships(children: pd.DataFrame) -> pd.DataFrame:
    """Fill the township from the address; a township column that holds no township gives way."""
    codes, read = _read(children["address"])
    town = pd.Series(pd.array([pair[0] for pair in read], dtype="str")).take(codes).set_axis(children.index)
    written, known = pd.factorize(children["township"])
    named = np.array([bool(_TOWN.search(text)) for text in known], dtype=bool)[written]
    return children.assign(township=children["township"].where(named | (town == ""), town))


def placed(children: pd.DataFrame) -> pd.DataFrame:
    """Fill township and village from the address; a township column that holds no township gives way."""
    codes, read = _read(children["address"])
    village = pd.Series(pd.array([pair[1] for pair in read], dtype="str")).take(codes)
    village = village.set_axis(children.index)
    filled = placed_townships(children)
    return filled.assign(village=filled["village"].where(filled["village"] != "", village))

"""Township and village for counting and sorting, where a list gives only an address."""

from __future__ import annotations

import re

import pandas as pd

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


def placed(children: pd.DataFrame) -> pd.DataFrame:
    """Fill township and village from the address; a township column that holds no township gives way."""
    addresses = children["address"].unique()
    read = {address: township_and_village(address) for address in addresses}
    town = children["address"].map({address: pair[0] for address, pair in read.items()}).astype("str")
    village = children["address"].map({address: pair[1] for address, pair in read.items()}).astype("str")
    named = children["township"].str.contains(_TOWN.pattern, regex=True)
    return children.assign(
        township=children["township"].where(named | (town == ""), town),
        village=children["village"].where(children["village"] != "", village),
    )

"""Township and village from addresses as lists write them."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.reports.place_names import placed, township_and_village


@pytest.mark.parametrize(
    ("address", "town", "village"),
    [
        ("某某省某某白族自治州永平县杉阳镇石桥村委会石桥村5组103号", "杉阳镇", "石桥村"),
        ("青石镇河西村3组", "青石镇", "河西村"),
        ("河西村3组", "", "河西村"),
        ("大理市下关镇东山社区3组", "下关镇", "东山社区"),
        ("宾川县钟英傈僳族彝族乡新华村民委员会1组", "钟英傈僳族彝族乡", "新华村"),
        ("红旗镇红旗村1组", "红旗镇", "红旗村"),
        ("某某自治区某某市某某旗保康街道办事处光明居委会", "保康街道", "光明社区"),
        ("海淀区学院路街道", "学院路街道", ""),
        ("", "", ""),
        ("不详", "", ""),
    ],
)
def test_address(address, town, village):
    assert township_and_village(address) == (town, village)


@given(st.text(alphabet="某省市县区镇乡街道办事处村委会社居民3组号石 ", max_size=14))
def test_what_stands_behind_the_last_place_makes_no_difference(address):
    table = pd.DataFrame({"address": [address], "township": [""], "village": [""]}, dtype="str")
    filled = placed(table)
    assert (filled["township"][0], filled["village"][0]) == township_and_village(address)


def test_a_written_township_stays_and_one_that_is_none_gives_way():
    table = pd.DataFrame(
        {
            "address": ["青石镇河西村", "青石镇河西村", "不详", "青石镇河西村"],
            "township": ["柳河乡", "某某县城", "某某县城", ""],
            "village": ["东村", "", "", ""],
        }
    )
    filled = placed(table)
    assert filled["township"].tolist() == ["柳河乡", "青石镇", "某某县城", "青石镇"]
    assert filled["village"].tolist() == ["东村", "河西村", "", "河西村"]

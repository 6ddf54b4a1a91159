"""Records and tables as one person sees them (A6)."""

from __future__ import annotations

import time
from datetime import date

import pandas as pd
import pytest

from schemas.masking import Sight
from schemas.table import RECORDS
from service.privacy.masking import mask_record, mask_records, mask_table
from tests.service.privacy.population import name_of, number_of

OFFICER, LEADER = Sight(frozenset(["officer"])), Sight(frozenset(["leader"]))
CHILD = {
    "child_id": "0000001",
    "name": "张小雨",
    "id_number": number_of(3),
    "birth_date": date(2015, 3, 18),
    "groups": ["农村低保", "残疾:智力二级"],
    "probability": 0.5,
    "guardian": None,
    "sources": "名单.xlsx#1:7",
}


def test_a_child_as_the_officer_and_the_leader_see_it() -> None:
    assert mask_record(CHILD, OFFICER) == CHILD | {"id_number": "659901************"}
    assert mask_record(CHILD, LEADER) == CHILD | {
        "name": "张**",
        "id_number": "2015年生",
        "birth_date": "2015-**-**",
        "groups": ["农村低保"],
        "guardian": "***",
    }
    assert mask_records([CHILD, CHILD], LEADER) == [mask_record(CHILD, LEADER)] * 2


def test_a_column_that_nobody_spoke_of_does_not_leave() -> None:
    with pytest.raises(KeyError, match="blood_type"):
        mask_record(CHILD | {"blood_type": "A"}, OFFICER)
    with pytest.raises(KeyError, match="blood_type"):
        mask_table(pd.DataFrame({"blood_type": ["A"]}), OFFICER)


def test_a_table_is_masked_like_its_records() -> None:
    rows = [
        {"name": name_of(at), "id_number": number_of(at), "phone": "", "kind": "roll", "sheet": 1, "row": at}
        for at in range(50)
    ]
    table = RECORDS.build(rows)
    for sight in (OFFICER, LEADER, Sight(frozenset())):
        shown = RECORDS.check(mask_table(table, sight))
        assert shown.to_dict("records") == mask_records(table.to_dict("records"), sight)  # type: ignore[arg-type]
    assert table["name"].tolist() == [name_of(at) for at in range(50)], "the table itself is left alone"


def test_rows_keep_their_labels_and_their_order() -> None:
    table = pd.DataFrame({"name": ["张三", "李四", "张三"]}, index=[7, 3, 5])
    shown = mask_table(table, LEADER)
    assert shown["name"].to_dict() == {7: "张*", 3: "李*", 5: "张*"}


def test_a_long_table_takes_seconds() -> None:
    numbers = [f"6599012015{at % 10**8:08}" for at in range(100_000)]
    began = time.process_time()
    mask_table(pd.DataFrame({"id_number": numbers, "sex": ["女"] * len(numbers)}), OFFICER)
    assert time.process_time() - began < 5

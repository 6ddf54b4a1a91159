"""Workbooks and text files hold what was put in, in the least odd and in the oddest cells."""

import numpy as np
import pytest

from service.demo.draws import texts
from service.demo.sheets import Sheet, write_book, write_text
from tests.service.demo.reading import cells_of

ODD = ["", " 前后 ", "a,b", 'say "x"', "一\n二", "<&>'", "𬱖\ue863", "659999201503180014", "0", "'1", "\t"]


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".ods"])
def test_workbooks_hold_odd_cells(tmp_path, suffix):
    odd = [cell for cell in ODD if cell not in ("\t", "一\n二", " 前后 ")] if suffix == ".ods" else ODD
    body = [texts(odd), np.arange(len(odd)).astype(object), texts([6.59999201503180e17] * len(odd))]
    write_book(
        tmp_path / f"x{suffix}", [Sheet("空"), Sheet("表", [["题"], ["甲", "乙", "丙"]], body, [["合计", 7]])]
    )
    cells = cells_of(tmp_path / f"x{suffix}")
    for at, cell in enumerate(odd):
        line = cells[f"x{suffix}", 2, at + 3]
        assert line[:2] == [cell, str(at)]
        assert float(line[2]) == 6.59999201503180e17
    assert cells[f"x{suffix}", 2, len(odd) + 3][:2] == ["合计", "7"]


def test_a_second_county_goes_behind_the_first(tmp_path):
    for number, more in ((1, False), (2, True)):
        write_text(
            tmp_path / "x.csv",
            Sheet("1", [["甲", "乙"]], [texts(["a"]), texts([str(number)])]),
            "utf-8",
            more=more,
        )
    assert (tmp_path / "x.csv").read_text("utf-8").splitlines() == ["甲,乙", "a,1", "a,2"]

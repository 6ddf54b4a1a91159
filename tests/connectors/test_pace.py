"""How far the reading of a file is: it moves within one large sheet, never back, and ends at the end."""

from __future__ import annotations

import pytest

from connectors.formats import regular
from connectors.read import read
from tests.connectors import files

ROWS = [["姓名", "身份证号", "学校", "年级"]] + [
    [f"王{'甲乙丙丁'[at % 4]}", files.number(at), "第一小学", "三年级"] for at in range(4000)
]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "xls", "ods"])
def test_it_moves_within_one_sheet(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = files.csv(ROWS) if kind == "csv" else getattr(files, kind)({"一": ROWS})
    monkeypatch.setattr(regular, "_BLOCK", 1 << 12)
    told: list[tuple[int, int]] = []
    read(data, "名单", kind="roll", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(ROWS), len(ROWS))
    shares = [round(done / total, 2) for done, total in told]
    assert shares == sorted(shares)
    assert len({round(share, 1) for share in shares}) >= 5
    assert all(0.8 * len(ROWS) <= total <= 1.2 * len(ROWS) for _, total in told if total > 1)

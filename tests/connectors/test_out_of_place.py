"""Lists that are good in themselves, and are another county's, or there already."""

from __future__ import annotations

from pathlib import Path

from connectors.files import read_all
from connectors.read import read
from tests.connectors import files
from tests.connectors.test_bad_input import ROLL, codes


def test_a_list_of_another_county(tmp_path: Path) -> None:
    here = [["姓名", "公民身份号码", "户籍地址"], *[[*files.child(at), "清溪镇"] for at in range(30)]]
    there = [["姓名", "公民身份号码", "户籍地址"]]
    for at in range(30):
        first = "659798" + files.number(at, "20140506")[6:17]
        there.append([files.NAMES[at], first + files.check_digit(first), "别处"])
    (tmp_path / "户籍人口.csv").write_bytes(files.csv(here))
    (tmp_path / "学籍信息.csv").write_bytes(files.csv(files.roll_rows(30)))
    (tmp_path / "常住人口_邻县.csv").write_bytes(files.csv(there))
    readings = {reading.file: reading for reading in read_all([tmp_path])}
    assert "file.other_county" in codes(readings["常住人口_邻县.csv"])
    assert "file.other_county" not in codes(readings["户籍人口.csv"]) | codes(readings["学籍信息.csv"])
    assert len(readings["常住人口_邻县.csv"].records) == 30


def test_the_same_list_twice(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("学籍信息.csv", "a/学籍信息.csv"):
        (tmp_path / name).write_bytes(files.csv(ROLL))
    first, second = read_all([tmp_path])
    assert (len(first.records), len(second.records)) == (12, 0)
    assert codes(second) == {"file.duplicate"}
    assert (first.file, second.file) == ("a/学籍信息.csv", "学籍信息.csv")
    assert first.file in second.issues[0].message()


def test_the_same_sheet_twice() -> None:
    reading = read(files.xlsx({"名单": ROLL, "名单 (2)": ROLL}), "学籍信息.xlsx")
    assert len(reading.records) == 12
    assert reading.sheets[1].rows.rejected == 13
    assert [issue.sheet for issue in reading.issues if issue.code == "sheet.duplicate"] == [2]

"""One list at two times is told; lists of parts, of other schools and of residents are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.files import read_all
from tests.connectors import files

HEADERS = {
    "roll": ["姓名", "身份证号", "学籍号", "学校", "年级"],
    "attendance": ["姓名", "身份证号", "学校", "班级"],
    "household": ["户主姓名", "姓名", "公民身份号码", "户籍地址"],
}
NAMES = {"roll": "学籍信息", "attendance": "在校学生花名册", "household": "户籍人口"}


def rows_of(kind: str, people: range, numbers: bool = True) -> files.Rows:
    cells = {
        "roll": lambda at, name, number: [name, number, f"G{number}", "第一小学", "三年级"],
        "attendance": lambda at, name, number: [name, number, "第一小学", "三(1)班"],
        "household": lambda at, name, number: [files.adult(at)[0], name, number, f"清溪镇一村{at}号"],
    }[kind]
    made = [(at, *files.child(at)) for at in people]
    return [HEADERS[kind], *(cells(at, name, number if numbers else "") for at, name, number in made)]


CASES = {
    "a term later, four left and six came": ("roll", range(100), range(4, 106), (96, 4, 6)),
    "nobody came, four left": ("roll", range(100), range(4, 100), (96, 4, 0)),
    "rosters of two terms": ("attendance", range(60), range(5, 60), (55, 5, 0)),
    "six in ten on both": ("roll", range(100), range(40, 140), (60, 40, 40)),
    "fewer than six in ten": ("roll", range(100), range(41, 141), None),
    "one school and the county": ("roll", range(100), range(50), None),
    "another school": ("roll", range(100), range(98, 200), None),
    "too few to say": ("roll", range(19), range(1, 19), None),
    "registers of residents": ("household", range(100), range(4, 106), None),
}


@pytest.mark.parametrize("case", CASES)
def test_two_lists(tmp_path: Path, case: str) -> None:
    kind, first, second, expected = CASES[case]
    for name, people in (("春季", first), ("秋季", second)):
        (tmp_path / f"{NAMES[kind]}-{name}.xlsx").write_bytes(files.xlsx({"名单": rows_of(kind, people)}))
    readings = read_all([tmp_path])
    assert [each.kind for each in readings] == [kind, kind]
    found = [i for each in readings for i in each.issues if i.code == "file.two_versions"]
    told = {i.file: (i.values["other"], i.values["n"], i.values["alone"]) for i in found}
    spring, autumn = f"{NAMES[kind]}-春季.xlsx", f"{NAMES[kind]}-秋季.xlsx"
    if expected is None:
        assert told == {}
    else:
        both, left, came = expected
        assert told == {spring: (autumn, both, left), autumn: (spring, both, came)}


def test_the_same_pupils_twice_lose_nobody(tmp_path: Path) -> None:
    for name, order in (("一", 1), ("二", -1)):
        header, *rows = rows_of("roll", range(40))
        (tmp_path / f"学籍信息{name}.xlsx").write_bytes(files.xlsx({"名单": [header, *rows[::order]]}))
    assert not {i.code for each in read_all([tmp_path]) for i in each.issues} & {"file.two_versions"}


def test_names_without_numbers_are_not_compared(tmp_path: Path) -> None:
    for name, people in (("春季", range(40)), ("秋季", range(2, 40))):
        rows = rows_of("roll", people, numbers=False)
        (tmp_path / f"学籍信息-{name}.xlsx").write_bytes(files.xlsx({"名单": rows}))
    assert not {i.code for each in read_all([tmp_path]) for i in each.issues} & {"file.two_versions"}


def test_of_three_terms_each_pair_is_told(tmp_path: Path) -> None:
    for name, people in (("一", range(100)), ("二", range(5, 105)), ("三", range(10, 110))):
        (tmp_path / f"学籍信息{name}.xlsx").write_bytes(files.xlsx({"名单": rows_of("roll", people)}))
    found = [i for each in read_all([tmp_path]) for i in each.issues if i.code == "file.two_versions"]
    assert sorted(str(i.values["n"]) for i in found) == ["90", "90", "95", "95", "95", "95"]

"""Bad input: always a clear message, nothing lost without a word, and the other lists still read."""

from __future__ import annotations

import re
import zipfile
import zlib
from functools import cache, partial
from io import BytesIO
from pathlib import Path

import pytest

from connectors.files import read_all
from connectors.guard import LIMITS, Limits
from connectors.read import read
from connectors.reading import Reading
from schemas.table import RECORDS
from tests.connectors import files

ROLL = files.roll_rows()


def codes(reading: Reading) -> set[str]:
    return {issue.code for issue in reading.issues}


def accounted(reading: Reading) -> bool:
    """Every filled row is a record, a row around the list, or has an issue that stands for it."""
    for sheet in reading.sheets:
        assert sheet.rows.balanced, sheet
        if sheet.rows.rejected:
            assert any(issue.sheet == sheet.sheet and issue.severity != "info" for issue in reading.issues)
    RECORDS.check(reading.records)
    return all(issue.message("zh") and issue.message("en") for issue in reading.issues)


@cache
def bomb(size: int) -> bytes:
    """A workbook whose sheet inflates to ``size`` zeros."""
    return files.replaced(files.xlsx({"a": ROLL}), {"xl/worksheets/sheet1.xml": b" " * size})


def entity_bomb(name: str) -> bytes:
    declared = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    good = files.xlsx({"a": ROLL})
    body = files.part(good, name).decode()
    return files.replaced(good, {name: (declared + re.sub(r"^<\?xml.*?\?>", "", body)).encode()})


@cache
def lying_header(size: int) -> bytes:
    """A container that declares a small part and holds a large one."""
    data = bytearray(bomb(size))
    with zipfile.ZipFile(BytesIO(bytes(data))) as container:
        info = container.getinfo("xl/worksheets/sheet1.xml")
    central = bytes(data).index(b"PK\x01\x02")
    while data[central + 46 : central + 46 + len(info.filename)] != info.filename.encode():
        central = bytes(data).index(b"PK\x01\x02", central + 1)
    data[central + 24 : central + 28] = (100).to_bytes(4, "little")
    at = info.header_offset
    data[at + 22 : at + 26] = (100).to_bytes(4, "little")
    return bytes(data)


def far_cell() -> bytes:
    """A workbook with a blank typed into the very last cell of the sheet."""
    body = files.part(files.xlsx({"a": ROLL}), "xl/worksheets/sheet1.xml")
    stray = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>.</t></is></c></row></sheetData>'
    return files.replaced(
        files.xlsx({"a": ROLL}), {"xl/worksheets/sheet1.xml": body.replace(b"</sheetData>", stray)}
    )


def ole(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + stream.encode("utf-16-le") + b"\0" * 2000


def encrypted_zip() -> bytes:
    data = bytearray(files.xlsx({"a": ROLL}))
    at = data.index(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= 1
        at = data.find(b"PK\x01\x02", at + 1)
    return bytes(data)


@cache
def too_many_parts() -> bytes:
    return files.replaced(GOOD, {f"p/{at}": b"" for at in range(LIMITS.archive_entries)})


def duplicate_names() -> bytes:
    data = files.xlsx({"a": ROLL})
    buffer = BytesIO(data)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(buffer, "a") as container:
        container.writestr("xl/workbook.xml", b"<workbook/>")
    return buffer.getvalue()


GOOD = files.xlsx({"a": ROLL})

# What takes long to make is made when it is first asked for: every process of a run reads this module.
REFUSED = {
    "empty file": (b"", "学籍.xlsx", "file.empty", "空"),
    "password xlsx": (ole("EncryptedPackage"), "学籍.xlsx", "file.password", "密码"),
    "encrypted zip": (encrypted_zip(), "学籍.xlsx", "file.password", "密码"),
    "truncated zip": (GOOD[: len(GOOD) * 2 // 3], "学籍.xlsx", "file.truncated", "不完整"),
    "truncated early": (GOOD[:600], "学籍.xlsx", "file.truncated", "不完整"),
    "damaged xls": (ole("Workbook"), "学籍.xls", "file.damaged", "损坏"),
    "zip bomb": (partial(bomb, 60 * 2**20), "学籍.xlsx", "file.bomb", "压缩炸弹"),
    "bomb with a lying header": (partial(lying_header, 60 * 2**20), "学籍.xlsx", "file.bomb", "压缩炸弹"),
    "entity bomb in a sheet": (entity_bomb("xl/worksheets/sheet1.xml"), "学籍.xlsx", "file.entity", "实体"),
    "entity bomb in strings": (entity_bomb("xl/sharedStrings.xml"), "学籍.xlsx", "file.entity", "实体"),
    "entity bomb in types": (entity_bomb("[Content_Types].xml"), "学籍.xlsx", "file.entity", "实体"),
    "utf-16 xml": (
        files.replaced(GOOD, {"xl/styles.xml": "<!DOCTYPE a><a/>".encode("utf-16")}),
        "学籍.xlsx",
        "file.entity",
        "实体",
    ),
    "stray far cell": (far_cell(), "学籍.xlsx", "file.area", "最远处"),
    "path that leads outside": (
        files.replaced(GOOD, {"../../etc/x": b"x"}),
        "学籍.xlsx",
        "file.bad_archive",
        "不正常",
    ),
    "absolute path": (files.replaced(GOOD, {"/etc/x": b"x"}), "学籍.xlsx", "file.bad_archive", "不正常"),
    "nested archive": (files.replaced(GOOD, {"xl/a.zip": GOOD}), "学籍.xlsx", "file.archive", "解压"),
    "duplicate part": (duplicate_names, "学籍.xlsx", "file.bad_archive", "重名"),
    "too many parts": (too_many_parts, "学籍.xlsx", "file.too_many_parts", "部件"),
    "zip of lists": (files.archive({"学籍.xlsx": GOOD}), "学籍.zip", "file.archive", "解压"),
    "xlsb": (
        files.archive({"[Content_Types].xml": b"<T/>", "xl/workbook.bin": b"x"}),
        "a.xlsx",
        "file.xlsb",
        "另存为",
    ),
    "word document": (files.archive({"word/document.xml": b"<d/>"}), "名单.docx", "file.document", "Word"),
    "old word document": (ole("WordDocument"), "名单.doc", "file.document", "Word"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "名单.xlsx", "file.picture", "图片"),
    "jpeg": (b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4, "名单.jpg", "file.picture", "图片"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "名单.xls", "file.pdf", "PDF"),
    "program": (b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" * 50, "名单.xlsx", "file.program", "程序"),
    "rar": (b"Rar!\x1a\x07\x01\0" + bytes(300), "名单.rar", "file.archive", "解压"),
    "random bytes": (zlib.compress(bytes(range(256)) * 99)[2:] * 9, "名单.csv", "file.unknown", "不认识"),
    "web page without a table": (
        b"<html><body>login</body></html>",
        "名单.xls",
        "file.html_without_table",
        "网页",
    ),
    "html with entities": (b'<!DOCTYPE x [<!ENTITY a "b">]><table><tr><td>a', "a.xls", "file.entity", "实体"),
    "xml spreadsheet": (
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        "a.xls",
        "file.xml_spreadsheet",
        "另存为",
    ),
    "single-file web page": (
        b"MIME-Version: 1.0\nContent-Type: multipart/related;\n",
        "a.xls",
        "file.mhtml",
        "另存为",
    ),
    "ods that unfolds": (
        files.ods(
            {},
            '<table:table table:name="a"><table:table-row table:number-rows-repeated="1000000">'
            '<table:table-cell office:value-type="string" table:number-columns-repeated="1000">'
            "<text:p>x</text:p></table:table-cell></table:table-row></table:table>",
        ),
        "名单.ods",
        "file.area",
        "已用区域",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_read_says_what_to_do(case: str) -> None:
    data, name, code, words = REFUSED[case]
    reading = read(data() if callable(data) else data, name)
    assert codes(reading) == {code}
    assert words in reading.issues[0].message()
    assert reading.records.empty
    assert accounted(reading)


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_file_never_stops_the_others(case: str, tmp_path: Path) -> None:
    data, name, code, _ = REFUSED[case]
    (tmp_path / f"坏_{name}").write_bytes(data() if callable(data) else data)
    (tmp_path / "学籍信息.csv").write_bytes(files.csv(ROLL))
    readings = read_all([tmp_path])
    assert sorted(len(reading.records) for reading in readings) == [0, 12]
    assert code in {issue.code for reading in readings for issue in reading.issues}


def test_limits_are_of_what_is_inflated_not_of_what_is_declared() -> None:
    small = Limits(entry_bytes=2000)
    assert codes(read(GOOD, "学籍.xlsx", limits=small)) == {"file.inflates"}
    assert codes(read(GOOD, "学籍.xlsx", limits=Limits(total_bytes=4000))) == {"file.inflates"}
    assert codes(read(GOOD, "学籍.xlsx", limits=Limits(file_bytes=100))) == {"file.too_large"}


@pytest.mark.parametrize("make", [files.xlsx, files.xls, files.ods])
def test_header_only(make: object) -> None:
    reading = read(make({"学籍": ROLL[:1]}), "学籍.x")  # type: ignore[operator]
    assert {"sheet.header_only", "file.no_records"} <= codes(reading)
    assert reading.sheets[0].header_rows == (1,)
    assert reading.sheets[0].rows.header == 1
    assert accounted(reading)


def test_a_wrong_dimension_loses_no_row() -> None:
    body = files.part(GOOD, "xl/worksheets/sheet1.xml")
    for wrong in (b'ref="A1"', b'ref="A1:B2"', b'ref="A1:XFD1048576"'):
        changed = re.sub(rb'(<dimension )ref="[^"]*"', rb"\1" + wrong, body)
        assert changed != body
        reading = read(files.replaced(GOOD, {"xl/worksheets/sheet1.xml": changed}), "学籍.xlsx")
        assert len(reading.records) == 12


def test_html_saved_as_xls_is_read_with_a_word() -> None:
    rows = "".join(
        f"<tr>{''.join(f'<td style=mso-number-format>{cell}</td>' for cell in row)}</tr>" for row in ROLL
    )
    head = "<html><head><meta charset=gb2312><style>td{x:y}</style></head>"
    page = f"{head}<table><tr><td colspan=8>学籍信息</td></tr>{rows}"
    reading = read(page.encode("gb18030"), "学籍信息.xls")
    assert (reading.format, reading.encoding, reading.kind) == ("html", "gb18030", "roll")
    assert "file.html" in codes(reading)
    assert list(reading.records["row"]) == list(range(3, 15))
    assert accounted(reading)


def test_html_with_row_spans_keeps_columns_in_place() -> None:
    first, second = files.child(1), files.child(2)
    page = (
        "<table><tr><th>乡镇</th><th>姓名</th><th>身份证号</th><th>监护人</th></tr>"
        f"<tr><td rowspan=2>清溪镇</td><td>{first[0]}</td><td>{first[1]}</td><td>王某</td></tr>"
        f"<tr><td>{second[0]}</td><td>{second[1]}</td><td>李某</td></tr></table>"
    )
    records = read(page.encode(), "孤儿名单.xls").records
    assert list(records["name"]) == [first[0], second[0]]
    assert list(records["township"]) == ["清溪镇", "清溪镇"]


def test_two_kinds_of_list_in_one_workbook() -> None:
    orphans = [["姓名", "身份证号", "监护人"], *[[*files.child(at), "某某"] for at in range(6)]]
    disabled = [
        ["姓名", "残疾人证号", "残疾等级"],
        *[[n, i + "53", "三级"] for n, i in map(files.child, range(5))],
    ]
    reading = read(files.xlsx({"孤儿": orphans, "残疾人": disabled}), "困难儿童.xlsx")
    assert [(sheet.kind, sheet.rows.records) for sheet in reading.sheets] == [
        ("civil_affairs", 6),
        ("disability", 5),
    ]
    assert "file.several_kinds" in codes(reading)
    assert set(reading.records["group"]) == {"孤儿", "残疾:智力三级"}
    assert accounted(reading)


def test_all_numbers_destroyed_by_a_spreadsheet() -> None:
    """The records stay, with what is left of the number, and each cell says how to export again."""
    rows = [ROLL[0][:7], *[[*row[:1], float(row[1].replace("X", "0")), *row[2:7]] for row in ROLL[1:]]]
    reading = read(files.xlsx({"学籍": rows}), "学籍信息.xlsx")
    found = [issue for issue in reading.issues if issue.code == "id_number.float"]
    assert len(found) == 12
    assert {(issue.column, issue.row) for issue in found} == {("B", at) for at in range(2, 14)}
    assert "文本" in found[0].message()
    assert all(number.endswith("***") and len(number) == 18 for number in reading.records["id_number"])
    assert reading.kind == "roll"


@pytest.mark.parametrize("cell", ["6.59999E+17", "6.59999201203E+17", "659999201203040000"])
def test_destroyed_numbers_in_text_are_never_repaired(cell: str) -> None:
    rows = [
        ["姓名", "身份证号", "学籍号", "年级", "学校"],
        *[[n, cell, f"G{i}", "三年级", "一小"] for n, i in map(files.child, range(8))],
    ]
    reading = read(files.csv(rows), "学籍信息.csv")
    assert len(reading.records) == 8
    assert all("*" in number for number in reading.records["id_number"])
    assert codes(reading) & {"id_number.float", "id_number.truncated"}


def test_mixed_encodings_name_their_rows_and_keep_every_name() -> None:
    lines = [",".join(row).encode("utf-8" if at in (3, 7) else "gb18030") for at, row in enumerate(ROLL)]
    reading = read(b"\r\n".join(lines), "学籍信息.csv")
    assert list(reading.records["name"]) == [row[0] for row in ROLL[1:]]
    assert sorted(i.row for i in reading.issues if i.code == "row.other_encoding") == [4, 8]
    assert reading.encoding == "gb18030"


def test_bytes_of_no_encoding_are_a_lost_character_not_a_question_mark() -> None:
    lines = [",".join(row).encode("utf-8") for row in ROLL]
    lines[4] = lines[4].replace("刘".encode(), b"\xff\xfe\xfa", 1)
    reading = read(b"\n".join(lines), "学籍信息.csv")
    assert [issue.row for issue in reading.issues if issue.code == "row.undecodable"] == [5]
    assert len(reading.records) == 12
    assert "?" not in "".join(reading.records["name"])


def test_ten_thousand_columns() -> None:
    rows = [[*row, *[f"{at}-{column}" for column in range(9_992)]] for at, row in enumerate(ROLL)]
    reading = read(files.csv(rows), "学籍信息.csv")
    assert len(reading.records) == 12
    issue = next(issue for issue in reading.issues if issue.code == "sheet.too_many_columns")
    assert "10000" in issue.message()
    assert len(reading.sheets[0].columns) <= LIMITS.columns


def test_names_of_two_hundred_characters() -> None:
    rows = [list(row) for row in ROLL]
    rows[3][0] = "欧阳" * 100
    reading = read(files.csv(rows), "学籍信息.csv")
    assert len(reading.records) + sum(sheet.rows.rejected for sheet in reading.sheets) == 12
    assert any(issue.row == 4 for issue in reading.issues if issue.code.startswith("personal_name."))
    assert accounted(reading)


def test_a_cell_of_a_megabyte_is_reported_and_not_used() -> None:
    rows = [list(row) for row in ROLL]
    rows[5][4] = "学" * 2**20
    reading = read(files.csv(rows), "学籍信息.csv")
    assert [(i.row, i.column) for i in reading.issues if i.code == "cell.too_long"] == [(6, "E")]
    assert len(reading.records) == 12
    assert reading.records["school"].iloc[4] == ""


def test_macros_and_links_are_left_alone_with_a_word() -> None:
    data = files.replaced(GOOD, {"xl/vbaProject.bin": b"x", "xl/externalLinks/externalLink1.xml": b"<x/>"})
    reading = read(data, "学籍信息.xlsm")
    assert {"file.macros", "file.links"} <= codes(reading)
    assert len(reading.records) == 12


def test_error_cells_are_counted() -> None:
    body = files.part(GOOD, "xl/worksheets/sheet1.xml")
    broken = re.sub(rb'<c r="E5"[^>]*>.*?</c>', b'<c r="E5" t="e"><v>#N/A</v></c>', body)
    reading = read(files.replaced(GOOD, {"xl/worksheets/sheet1.xml": broken}), "学籍信息.xlsx")
    assert "1" in next(i.message() for i in reading.issues if i.code == "file.error_cells")
    assert len(reading.records) == 12


def test_a_list_that_nobody_can_place_is_asked_about_and_not_used() -> None:
    rows = [["姓名", "身份证号"], *[list(files.child(at)) for at in range(20)]]
    reading = read(files.csv(rows), "名单.csv")
    issue = next(issue for issue in reading.issues if issue.code == "sheet.unknown_kind")
    assert "--as" in issue.message()
    assert reading.records.empty
    assert reading.sheets[0].rows.rejected == 20
    told = read(files.csv(rows), "名单.csv", kind="household")
    assert len(told.records) == 20
    assert set(told.records["kind"]) == {"household"}


def test_rows_without_a_name_are_rejected_with_their_place() -> None:
    rows = [list(row) for row in ROLL]
    rows[4][0] = ""
    reading = read(files.csv(rows), "学籍信息.csv")
    assert [(i.row, i.column) for i in reading.issues if i.code == "row.no_name"] == [(5, "A")]
    assert (reading.sheets[0].rows.records, reading.sheets[0].rows.rejected) == (11, 1)


def test_messages_hold_no_whole_identity_number() -> None:
    rows = [list(row) for row in ROLL]
    for at, row in enumerate(rows[1:]):
        row[1] = row[1][:17] + "0123456789X"[at % 11]
    reading = read(files.csv(rows), "学籍信息.csv")
    assert any(issue.code == "id_number.check_digit" for issue in reading.issues)
    for issue in reading.issues:
        assert not re.search(r"\d{15}", issue.message())

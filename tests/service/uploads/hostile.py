"""Files that somebody made to hurt, each generated here: name -> bytes."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

CONTENT = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" '
    'Target="{}"/></Relationships>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BOOK = (
    f'<?xml version="1.0"?><workbook xmlns="{MAIN}" xmlns:r="{RELATED}"><sheets>'
    '<sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
ENTITIES = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9)
)


def sheet(rows: str, head: str = "") -> str:
    return f'<?xml version="1.0"?>{head}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def book(
    sheet1: str, more: Mapping[str, str | bytes] | None = None, method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": CONTENT,
        "_rels/.rels": RELS.format("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": RELS.format("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet1,
        **(more or {}),
    }
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return sink.getvalue()


PLAIN = sheet(f'<row r="1">{cell("A1", "姓名")}{cell("B1", "身份证号")}</row>')


def lying() -> bytes:
    """A part that says it has ten bytes and inflates to 64 MB."""
    data = bytearray(book(sheet("<row/>" * 1), {"xl/media/big.xml": b"\0" * (64 << 20)}))
    central = data.rfind(b"xl/media/big.xml") - 46
    struct.pack_into("<I", data, central + 24, 10)
    return bytes(data)


def overlapping() -> bytes:
    """Two entries over the same packed bytes."""
    data = bytearray(book(PLAIN, {"xl/a.xml": "a" * 1000, "xl/b.xml": "b" * 1000}))
    first, second = (data.rfind(name) - 46 for name in (b"xl/a.xml", b"xl/b.xml"))
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    return bytes(data)


def nested() -> bytes:
    inner = book(PLAIN)
    return book(PLAIN, {"xl/more.zip": inner})


def external(port: int, where: str) -> bytes:
    """An entity that would be fetched from a server, in one of the parts."""
    head = f'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:{port}/x">]>'
    if where == "xl/worksheets/sheet1.xml":
        return book(sheet(f'<row r="1">{cell("A1", "&x;")}</row>', head))
    return book(PLAIN, {where: f'<?xml version="1.0"?>{head}<sst xmlns="{MAIN}"><si><t>&x;</t></si></sst>'})


def with_parts_of_ods(more: Mapping[str, str]) -> bytes:
    """An OpenDocument spreadsheet with parts put in."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        for name, data in more.items():
            archive.writestr(name, data)
    return sink.getvalue()


def old_book(storage: str) -> bytes:
    """The container of an Excel 97 workbook, with a storage of this name beside its sheets."""
    names = "Workbook".encode("utf-16-le") + b"\0" * 48 + storage.encode("utf-16-le")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + names + b"\0" * 4000


ACTIVE: Mapping[str, bytes] = {
    "宏.xlsx": book(PLAIN, {"xl/vbaProject.bin": b"\xd0\xcf"}),
    "宏表.xlsx": book(PLAIN, {"xl/macrosheets/sheet1.xml": "<x/>"}),
    "宏类型.xlsm": book(
        PLAIN, {"[Content_Types].xml": CONTENT.replace("sheet.main", "sheet.macroEnabled.main")}
    ),
    "控件.xlsx": book(PLAIN, {"xl/activeX/activeX1.xml": "<x/>"}),
    "链接.xlsx": book(PLAIN, {"xl/externalLinks/externalLink1.xml": "<ddeLink/>"}),
    "对象.xlsx": book(PLAIN, {"xl/embeddings/oleObject1.bin": b"\xd0\xcf"}),
    "连接.xlsx": book(PLAIN, {"xl/connections.xml": "<connections/>"}),
    "宏.xls": old_book("_VBA_PROJECT_CUR"),
    "对象.xls": old_book("MBD0018A2F3"),
    "宏.ods": with_parts_of_ods({"Basic/Standard/Module1.xml": "<x/>"}),
    "动态.ods": with_parts_of_ods({"content.xml": "<table:dde-link/>"}),
}
"""What could run or fetch something, were it opened in an office program."""

TWOFOLD: Mapping[str, bytes] = {
    "二进制.xlsb": book(PLAIN).replace(b"workbook.xml", b"workbook.bin").replace(b"xl/works", b"xl/workz"),
    "网页.xlsx": b"<html><script>x</script></html>" + book(PLAIN),
    "两用.xlsx": b"%PDF-1.7\n" + book(PLAIN),
}
"""What is, or also is, another kind of file."""


def refused() -> Mapping[str, bytes]:
    """What is refused as a whole; a hundred megabytes are packed for it."""
    return {
        "宏.xlsx": ACTIVE["宏.xlsx"],
        "炸弹.xlsx": book(PLAIN, {"xl/media/a.xml": b"\0" * (64 << 20)}),
        "远格.xlsx": book(sheet(f'<row r="1048576">{cell("XFD1048576", "x")}</row>')),
        "套娃.xlsx": nested(),
        "重叠.xlsx": overlapping(),
        "谎报.xlsx": lying(),
        "实体.xlsx": book(sheet("<row/>", ENTITIES + "]>")),
        "出走.xlsx": book(PLAIN, {"../../etc/cron.xml": "x"}),
        "程序.xlsx": b"MZ" + b"\0" * 4000,
        "文档.xlsx": b"%PDF-1.7\n" + b"\0" * 4000,
        "加密.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + "EncryptedPackage".encode("utf-16-le")
        + b"\0" * 4000,
        "多件.xlsx": book(PLAIN, {f"xl/media/{at}.xml": "x" for at in range(2100)}),
        "截断.xlsx": book(PLAIN)[:700],
        "乱码.csv": bytes(range(256)) * 64,
        "压缩.csv": b"7z\xbc\xaf\x27\x1c" + b"\0" * 2000,
    }

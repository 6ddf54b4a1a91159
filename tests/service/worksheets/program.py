"""What a spreadsheet program does to a worksheet: cells are read, filled in, moved, and the file is saved."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree as ET

SHEET, META, HEAD = "核查表", "_rollcall", 3
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_N = {"m": MAIN}
ET.register_namespace("", MAIN)


def _column(reference: str) -> int:
    """A1 -> 1, AB7 -> 28."""
    number = 0
    for letter in re.match(r"[A-Z]+", reference)[0]:  # type: ignore[index]
        number = number * 26 + ord(letter) - 64
    return number


class Filled:
    """A workbook that was opened."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        book = ET.fromstring(self.parts["xl/workbook.xml"])
        self.states = {each.get("name"): each.get("state", "visible") for each in book.find("m:sheets", _N)}
        self.texts = [
            "".join(part.text or "" for part in each.iter(f"{{{MAIN}}}t"))
            for each in ET.fromstring(self.parts["xl/sharedStrings.xml"])
        ]
        self.sheets = {
            name: ET.fromstring(self.parts[f"xl/worksheets/sheet{at}.xml"])
            for at, name in enumerate(self.states, start=1)
        }
        self.sheet = self.sheets[SHEET]
        self.heads = {text: column for column, text in self.row(HEAD).items()}

    def cells(self, row: int, sheet: str = SHEET) -> dict[int, ET.Element]:
        """Column -> cell of a row."""
        found = self.sheets[sheet].find(f"m:sheetData/m:row[@r='{row}']", _N)
        return {_column(cell.get("r", "")): cell for cell in found} if found is not None else {}

    def row(self, row: int, sheet: str = SHEET) -> dict[int, str]:
        """Column -> text of a row."""
        return {column: self.text(cell) for column, cell in self.cells(row, sheet).items()}

    def text(self, cell: ET.Element) -> str:
        value = cell.find("m:v", _N)
        if cell.get("t") == "s" and value is not None:
            return self.texts[int(value.text or 0)]
        return (
            "".join(part.text or "" for part in cell.iter(f"{{{MAIN}}}t"))
            if value is None
            else str(value.text)
        )

    def at(self, row: int, head: str) -> str:
        """The text below a header."""
        return self.row(row).get(self.heads[head], "")

    def rows(self) -> dict[str, int]:
        """Number of a case -> its row."""
        found, row = {}, HEAD + 1
        while cells := self.row(row):
            found[cells[self.heads["个案编号"]]] = row
            row += 1
        return found

    def put(self, row: int, cells: dict[str, str], sheet: str = SHEET) -> None:
        """Type texts below their headers."""
        there = self.cells(row, sheet)
        for head, text in cells.items():
            write(there[self.heads[head]], text)

    def locked(self, row: int, head: str) -> bool:
        """Whether a protected sheet lets the cell be."""
        style = int(self.cells(row)[self.heads[head]].get("s", "0"))
        looks = ET.fromstring(self.parts["xl/styles.xml"]).findall("m:cellXfs/m:xf", _N)
        said = looks[style].find("m:protection", _N)
        return said is None or said.get("locked") != "0"

    def lists(self) -> set[int]:
        """Columns that offer a list."""
        rules = self.sheet.findall("m:dataValidations/m:dataValidation[@type='list']", _N)
        return {_column(rule.get("sqref", "")) for rule in rules}

    def hidden(self, head: str) -> bool:
        """Whether a column is hidden."""
        at = self.heads[head]
        columns = self.sheet.findall("m:cols/m:col", _N)
        return any(
            int(each.get("min", 0)) <= at <= int(each.get("max", 0)) and each.get("hidden") == "1"
            for each in columns
        )

    def drop_column(self, head: str) -> None:
        """Empty a column, header and all."""
        for row in range(HEAD, HEAD + 1 + len(self.rows())):
            write(self.cells(row)[self.heads[head]], "")

    def data(self) -> bytes:
        """The saved file."""
        for at, name in enumerate(self.states, start=1):
            self.parts[f"xl/worksheets/sheet{at}.xml"] = ET.tostring(
                self.sheets[name], "utf-8", xml_declaration=True
            )
        into = io.BytesIO()
        with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in self.parts.items():
                archive.writestr(name, part)
        return into.getvalue()


def write(cell: ET.Element, text: str) -> None:
    """Type a text into a cell."""
    for child in list(cell):
        cell.remove(child)
    cell.set("t", "inlineStr")
    ET.SubElement(ET.SubElement(cell, f"{{{MAIN}}}is"), f"{{{MAIN}}}t").text = text

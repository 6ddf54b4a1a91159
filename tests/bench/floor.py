"""``python -m tests.bench.floor FILE...``: the least that any program has to do, as a measure of the others.

Reads every file once with the fastest reader here (pyarrow for text, calamine for workbooks) and, where the
files are a register and a roll, joins them once on the number. Prints one line of JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import python_calamine

NUMBERS = ("公民身份号码", "身份证件号")


def main() -> None:
    """Read and join."""
    tables, rows = [], 0
    for path in map(Path, sys.argv[1:]):
        if path.suffix in (".csv", ".txt"):
            tables.append(_text(path))
            rows += tables[-1].num_rows
        else:
            book = python_calamine.CalamineWorkbook.from_path(str(path))
            rows += sum(len(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names)
    joined = _join(*tables) if len(tables) == 2 else 0
    print(json.dumps({"rows": rows, "joined": joined}))


def _text(path: Path) -> pa.Table:
    head = path.read_bytes()[:4096]
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        head.decode(encoding, "ignore" if encoding == "utf-16" else "strict")
    except UnicodeDecodeError as error:
        encoding = "gb18030" if error.start < len(head) - 4 else encoding
    tabs = head.count("\t".encode(encoding)[-2:])
    columns = head.decode(encoding, "ignore").splitlines()[0].lstrip("\ufeff").split("\t" if tabs else ",")
    return pyarrow.csv.read_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(encoding=encoding),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter="\t" if tabs else ",", newlines_in_values=True, invalid_row_handler=lambda row: "skip"
        ),
        convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(columns, pa.string())),
    )


def _join(left: pa.Table, right: pa.Table) -> int:
    """How many rows of the register find their number on the roll."""
    keys = []
    for table in (left, right):
        name = next((each for each in NUMBERS if each in table.column_names), "")
        if not name:
            return 0
        column = table.select([name]).rename_columns(["number"])
        keys.append(column.filter(pc.not_equal(column["number"], "")))
    return int(keys[0].join(keys[1], "number", join_type="inner").num_rows)


if __name__ == "__main__":
    main()

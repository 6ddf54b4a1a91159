"""Delimited text (.csv, .txt): encodings that agencies really use, decided over the whole file."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter

import numpy as np
import pyarrow as pa

from connectors.formats.book import Book, Finding, Sheet, lay_out, within_limits
from connectors.formats.regular import read_regular
from connectors.guard import Limits, RefusedError, wide_order
from connectors.pace import Opening, untold

_KNOWN_WORDS = (
    "姓名",
    "名字",
    "身份证",
    "证件号",
    "性别",
    "出生",
    "学校",
    "户主",
    "监护",
    "住址",
    "序号",
    "残疾",
    "年级",
)
_BIG5_WORDS = (
    "姓名",
    "身份證",
    "身分證",
    "證件號",
    "性別",
    "出生",
    "學校",
    "戶主",
    "監護",
    "住址",
    "序號",
    "殘疾",
    "年級",
)
HEAD_BYTES = 1 << 20
"""Bytes that certainly hold the first 200,000 characters, from which the delimiter is told."""

PIECE_BYTES = 1 << 22
_DECODED = 0.15
"""What decoding takes of the opening of a large file."""

_DELIMITERS = ",\t;|"


def read(data: bytes, limits: Limits, opening: Opening = untold) -> Book:
    """Decode, find the delimiter, split into cells: by columns where the file is regular, else by rows.

    Raises:
        RefusedError: when no encoding fits.
    """
    rows = _expected(data)
    coded, encoding, findings = _as_utf8(data)
    opening(_DECODED, rows)
    if 0 in coded:
        findings.append(("file.nul", 0, "", {"n": coded.count(0)}))
        coded = coded.replace(b"\0", b"")
    sheet = Sheet(1, "", findings=findings)
    delimiter, declared = _delimiter_of(coded[:HEAD_BYTES].decode("utf-8", "ignore"))
    grid = None
    if delimiter and not declared:
        grid = read_regular(coded, delimiter, lambda share: opening(_DECODED + (1 - _DECODED) * share, rows))
    if grid is None:
        return Book("csv", [lay_out(sheet, split(coded.decode("utf-8")), limits)], encoding)
    sheet.rows = grid
    return Book("csv", [within_limits(sheet, limits)], encoding)


def _expected(data: bytes) -> int:
    """How many rows a file has, from the length of its first lines."""
    head = data[:HEAD_BYTES]
    return max(1, head.count(b"\n") * len(data) // max(1, len(head)))


def _as_utf8(data: bytes) -> tuple[bytes, str, list[Finding]]:
    """What ``decode`` gives, as UTF-8; the two usual encodings without a text of the whole file between."""
    marked = data.startswith(b"\xef\xbb\xbf")
    if marked or not (data.startswith((b"\xff\xfe", b"\xfe\xff")) or wide_order(data)):
        if _is_utf8(data):
            return data, "utf-8-sig" if marked else "utf-8", []
        if not marked and (coded := _transcoded(data)) is not None:
            return coded, "gb18030", []
    text, encoding, findings = decode(data)
    return text.encode("utf-8"), encoding, findings


def _is_utf8(data: bytes) -> bool:
    ends = pa.py_buffer(np.array([0, len(data)], np.int64))
    whole = pa.LargeBinaryArray.from_buffers(pa.large_binary(), 1, [None, ends, pa.py_buffer(data)])
    try:
        whole.cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _transcoded(data: bytes) -> bytes | None:
    """GB18030 as UTF-8, piece by piece; None when it is none, or might be Big5."""
    decoder, out = codecs.getincrementaldecoder("gb18030")(), io.BytesIO()
    try:
        for at in range(0, len(data), PIECE_BYTES):
            piece = decoder.decode(data[at : at + PIECE_BYTES], final=at + PIECE_BYTES >= len(data))
            if at == 0 and not any(word in piece[:20_000] for word in _KNOWN_WORDS):
                return None
            out.write(piece.encode("utf-8"))
    except UnicodeError:
        return None
    return out.getvalue()


def decode(data: bytes) -> tuple[str, str, list[Finding]]:
    """Decode strictly: a byte mark decides, then UTF-8, then GB18030; Big5 where its header words show.

    Where no encoding fits the whole file, each line is decoded by itself and the odd lines are named:
    a name is never filled with question marks.
    """
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding), encoding, []
            except UnicodeDecodeError:
                break
    if (order := wide_order(data)) and (text := _try(data, f"utf-16-{order}")) is not None:
        return text, f"utf-16-{order}", []
    for encoding in ("utf-8", "gb18030"):
        if (text := _try(data, encoding)) is not None:
            if encoding == "gb18030" and not any(word in text[:20_000] for word in _KNOWN_WORDS):
                traditional = _try(data, "big5hkscs")
                if traditional is not None and any(word in traditional[:20_000] for word in _BIG5_WORDS):
                    return traditional, "big5", []
            return text, encoding, []
    return _decode_lines(data)


def _try(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _decode_lines(data: bytes) -> tuple[str, str, list[Finding]]:
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    texts: list[str] = []
    used: Counter[str] = Counter()
    odd: dict[str, list[int]] = {"utf-8": [], "gb18030": [], "": []}
    for at, line in enumerate(lines):
        if line.isascii():
            texts.append(line.decode("ascii"))
            continue
        encoding = next((name for name in ("utf-8", "gb18030") if _try(line, name) is not None), "")
        # What no encoding explains stays visible as U+FFFD, which the name check reads as a lost character.
        texts.append(line.decode(encoding) if encoding else line.decode("gb18030", "replace"))
        used[encoding] += 1
        odd[encoding].append(at + 1)
    main = max(("utf-8", "gb18030"), key=lambda name: used[name])
    if used[main] < max(1, used[""]):
        raise RefusedError("file.encoding")
    findings: list[Finding] = []
    for encoding, numbers in odd.items():
        code = "row.undecodable" if not encoding else "row.other_encoding"
        if encoding != main:
            values = {"value": encoding, "main": main}
            findings.extend((code, number, "", values) for number in numbers)
    return "\n".join(texts), main, findings


def split(text: str) -> list[list[str]]:
    """Split into rows, numbered as a spreadsheet shows them: a quoted line break stays in its cell."""
    if text.startswith("\ufeff"):
        text = text[1:]
    delimiter, declared = _delimiter_of(text)
    if not delimiter:
        return [line.split() for line in text.splitlines()]
    csv.field_size_limit(2**31 - 1)
    lenient = _quotes_are_torn(text)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quoting=csv.QUOTE_NONE if lenient else csv.QUOTE_MINIMAL,
    )
    rows = [[cell.strip() for cell in row] for row in reader]
    if lenient:
        rows = [[cell.strip('"').strip() for cell in row] for row in rows]
    if declared:
        rows[0] = []
    # "=""5323…""" is how some systems keep a spreadsheet from making a number of it.
    if '="' in text or '=""' in text:
        rows = [
            [re.sub(r'^="?(.*?)"?$', r"\1", cell) if cell[:1] == "=" else cell for cell in row]
            for row in rows
        ]
    return rows


def _delimiter_of(text: str) -> tuple[str, bool]:
    """The delimiter, "" for blanks, and whether the first line declares it, from the beginning of a text."""
    text = text.removeprefix("\ufeff")
    first_line, _, _ = text.partition("\n")
    declared = re.fullmatch(r"sep=(.)\r?", first_line)
    return (declared[1], True) if declared else (_delimiter(text[:200_000]), False)


def _delimiter(text: str) -> str:
    """The delimiter that gives most lines the same number of cells; "" for blanks."""
    lines = [line for line in text.splitlines()[:200] if line.strip()]

    def steadiness(delimiter: str) -> tuple[int, int]:
        counts = Counter(line.count(delimiter) for line in lines)
        counts.pop(0, None)
        if not counts:
            return (0, 0)
        count, share = counts.most_common(1)[0]
        return (share, count)

    best = max(_DELIMITERS, key=steadiness)
    if steadiness(best)[0] * 2 < len(lines) and len(lines) > 1:
        # Pasted text: columns apart by blanks, as many on nearly every line.
        widths = Counter(len(line.split()) for line in lines)
        width, share = widths.most_common(1)[0]
        if width >= 2 and share >= 0.8 * len(lines):
            return ""
    return best


def _quotes_are_torn(text: str) -> bool:
    """An opening quote that is never closed would swallow the rest of the file into one cell."""
    return text.count('"') % 2 == 1

"""A part of ``run_detail``: some children of one region with all that is known of them, and their links."""

from __future__ import annotations

import pyarrow as pa

CODEC = pa.Codec("zstd", compression_level=3)
LENGTH = 8
"""Bytes before each of the two tables that say how long it is, plain and packed."""


def packed(children: pa.Table, links: pa.Table) -> bytes:
    """Both tables as bytes."""
    parts = []
    for table in (children, links):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        plain = sink.getvalue()
        data = CODEC.compress(plain, asbytes=True)
        parts += [plain.size.to_bytes(LENGTH), len(data).to_bytes(LENGTH), data]
    return b"".join(parts)


def unpacked(data: bytes) -> tuple[pa.Table, pa.Table]:
    """Children and links of a part."""
    tables, at = [], 0
    for _ in range(2):
        size = int.from_bytes(data[at : at + LENGTH])
        end = at + 2 * LENGTH + int.from_bytes(data[at + LENGTH : at + 2 * LENGTH])
        plain = CODEC.decompress(data[at + 2 * LENGTH : end], size)
        tables.append(pa.ipc.open_stream(plain).read_all())
        at = end
    children, links = tables
    return children, links

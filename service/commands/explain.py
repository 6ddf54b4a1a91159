"""``rollcall explain``: why two records were linked or sent to a person, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from matchers.comparisons import comparisons
from matchers.explain import ORDER
from matchers.links import COLUMNS
from schemas.fields import resident_id
from service.export import unescape
from service.reports import waterfall
from service.reports.links_csv import NAME

_SHOWN = {"name": "name", "id_number": "id", "birth": "birth", "sex": "sex", "household": "guardian"}
"""Comparison -> the columns ``left_`` and ``right_`` of its values."""

_LENGTH = 30
"""Characters from the least to the greatest sum."""

Link = Mapping[str, str]


@click.command("explain", help="逐项说明一对记录为何相连或待确认，中英文对照。ID 为 link_id 或 child_id。")
@click.argument("out", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("wanted", metavar="ID")
def command(out: Path, wanted: str) -> None:
    """Print the link with this number, or every link of the child with this number, of OUT/links.csv."""
    if not (out / NAME).exists():
        raise click.ClickException(f"{out} 中没有 {NAME}：请指明 rollcall screen 的结果文件夹。")
    found = list(_links(out / NAME, wanted))
    if not found:
        raise click.ClickException(f"{out / NAME} 中没有编号为 {wanted} 的匹配或儿童。")
    for link in found:
        _print(link)


def _links(path: Path, wanted: str) -> Iterator[Link]:
    """The rows of this link or child, read block by block: the file of a province is longer than memory."""
    parse = pyarrow.csv.ParseOptions(newlines_in_values=True)
    convert = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()))
    with pyarrow.csv.open_csv(path, parse_options=parse, convert_options=convert) as blocks:
        for block in blocks:
            asked = pc.or_(pc.equal(block["link_id"], wanted), pc.equal(block["child_id"], wanted))
            for row in block.filter(asked).to_pylist():
                yield {name: unescape(value) for name, value in row.items()}


def _print(link: Link) -> None:
    click.echo(
        f"{link['link_id']}  {link['stage']}: {link['decision']} {link['rule']}  "
        f"weight {link['weight']} bits  probability {link['probability']}"
    )
    for side in ("left", "right"):
        click.echo(f"  {side:<6}{link[f'{side}_source']}  {link[f'{side}_name']}")
    bars = {str(bar["name"]): bar for bar in waterfall.bars(link["weights"])}
    for name in ORDER:
        level = link[_level_column(name)]
        if level:
            click.echo(f"  {name:<10} {level:<19}{_drawn(bars.pop(name, None))}".rstrip())
            _say(*_both(name, level, link))
    for name, bar in bars.items():
        click.echo(f"  {name:<30}{_drawn(bar)}".rstrip())
        _say("按规则认定，未逐项计分", "taken by a sure rule, not weighed")
    if link["runner_up"]:
        click.echo(f"  {'next best':<10} {link['runner_up']}, lighter by {link['runner_up_bits']} bits")


def _say(*lines: str) -> None:
    for line in lines:
        click.echo(f"             {line}")


def _level_column(name: str) -> str:
    return "level_id" if name == "id_number" else f"level_{name}"


def _both(name: str, level: str, link: Link) -> tuple[str, str]:
    """The sentence of the level in Chinese and in English; numbers masked, as on the page."""
    known = {each.name: each for each in comparisons()[name].levels}
    if level not in known:
        return "至少一方没有填写", "not given on one side at least"
    values = [link[f"{side}_{_SHOWN[name]}"] if name in _SHOWN else "" for side in ("left", "right")]
    if name == "id_number":
        values = [resident_id.FIELD.mask(value) for value in values]
    left, right = values
    sentences = (known[level].sentence, known[level].english)
    return tuple(each.format(left=left, right=right) for each in sentences)  # type: ignore[return-value]


def _drawn(bar: Mapping[str, object] | None) -> str:
    """Bits, and a bar where they begin and end on the way to the whole weight; "" where nothing is added."""
    if bar is None:
        return ""
    start, width = (round(float(str(bar[side])) * _LENGTH / waterfall.WIDTH) for side in ("x", "width"))
    return f"{bar['bits']:>7} " + " " * start + ("█" if bar["adds"] else "░") * max(1, width)

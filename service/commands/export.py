"""``rollcall export --parquet``: lists as the engine on many machines reads them."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click
import pandas as pd

from connectors.files import read_all
from connectors.layout import LayoutError, load
from schemas.issue import issue_table
from schemas.table import RECORDS
from service.commands.screen import Bar, layouts_option
from service.export import write_csv
from service.export.parquet_file import write_records
from service.kind_options import kinds_option


def _region(_: click.Context, __: click.Parameter, value: str) -> str:
    if not re.fullmatch(r"[0-9]{6}", value):
        raise click.BadParameter(f"{value!r}：写县级行政区划代码，六位数字")
    return value


@click.command("export", help="读入一个县的各部门名单，写成 Parquet，供 screen --engine spark 使用。")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--parquet",
    "out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="结果文件夹；各县写入同一文件夹，每县一个子文件夹 region=代码。",
)
@click.option("--region", required=True, callback=_region, help="县级行政区划代码，六位数字。")
@kinds_option
@layouts_option
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="同时读取的文件数。"
)
def command(
    paths: tuple[Path, ...],
    out: Path,
    region: str,
    kinds: dict[str, str],
    layouts: tuple[Path, ...],
    workers: int,
) -> None:
    """Write the records and, beside them, what was wrong with the files; exit code 2 when there are none."""
    bar = Bar()
    try:
        readings = read_all(paths, kinds, [load(path) for path in layouts], bar, workers)
    except LayoutError as error:
        bar.close()
        click.echo(str(error), err=True)
        sys.exit(2)
    bar.close()
    issues = out / f"issues-{region}.csv"
    records = [each.records for each in readings if len(each.records)]
    out.mkdir(parents=True, exist_ok=True)
    write_csv(issue_table([issue for each in readings for issue in each.issues]), issues)
    if not records:
        click.echo(f"没有读到任何记录，没有写出 Parquet。各文件的问题见 {issues}", err=True)
        sys.exit(2)
    file = write_records(RECORDS.build(pd.concat(records, ignore_index=True)), out, region)
    click.echo(f"{sum(map(len, records)):,} 条记录已写到 {file}，各文件的问题见 {issues}")

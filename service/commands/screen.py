"""``rollcall screen``: from the agencies' files to the list of children in no school."""

from __future__ import annotations

import sys
from datetime import date, datetime
from os import PathLike
from pathlib import Path

import click

from connectors.files import at_a_time
from connectors.layout import LayoutError, load
from matchers import ModelError
from service.errors import DecisionsError, NothingUsableError
from service.kind_options import kinds_option
from service.reports import RunResult
from service.screening import Job, screen_lists
from service.spark.places import is_address
from service.spark.screening import SparkJob, screen_on_spark
from service.spark.session import SparkSettings

STEPS = 60
"""Length of the progress bar; it moves towards its end by a share of what is left at each step."""


OF_WHOLE_LISTS = ("file.other_county", "file.two_versions")
"""Said of a list that was read and perhaps should not have been: told at once, not in a table alone."""


class Bar:
    """A progress bar that names the step; on anything but a terminal, one line a step."""

    def __init__(self) -> None:
        self._done = 0.0
        self._live = sys.stderr.isatty()

    def __call__(self, step: str) -> None:
        """Say that a step begins."""
        self._done += (1 - self._done) * 0.08
        if not self._live:
            click.echo(f"  {step}", err=True)
            return
        filled = round(self._done * 30)
        click.echo(f"\r\x1b[2K  [{'█' * filled}{'·' * (30 - filled)}] {step}", nl=False, err=True)

    def close(self) -> None:
        """Leave the line."""
        if self._live:
            click.echo("\r\x1b[2K", nl=False, err=True)


layouts_option = click.option(
    "--layout",
    "layouts",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="已保存的布局（rollcall layout new 生成）；可多次使用。",
)


def _settings(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """``name=value`` words -> settings of Spark."""
    for value in values:
        if "=" not in value:
            raise click.BadParameter(f"{value!r}：写成 名称=值")
    return dict(value.split("=", 1) for value in values)


class Where(click.Path):
    """A path, or an address with a scheme, which is left as it stands."""

    def convert(
        self, value: str | PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | PathLike[str]:
        """The path or the address."""
        return value if is_address(str(value)) else super().convert(value, param, ctx)


def _day(_: click.Context, __: click.Parameter, value: datetime) -> date:
    return value.date()


@click.command("screen", help="读入各部门名单，与学籍、在校花名册比对，写出核查名单。")
@click.argument("paths", nargs=-1, type=Where(exists=True, path_type=Path))
@click.option(
    "--as-of",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    callback=_day,
    help="比对日期，如 2026-09-01；学龄按其所在学年计算。",
)
@click.option(
    "--out",
    required=True,
    type=Where(file_okay=False, path_type=Path),
    help="结果文件夹；Spark 上也可以是地址，如 hdfs://、s3a://。",
)
@kinds_option
@layouts_option
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=at_a_time,
    show_default="处理器数，最多 4",
    help="同时读取的文件数。",
)
@click.option(
    "--model",
    default="v1",
    show_default=True,
    help="模型名称，或以前结果文件夹中的 model.toml。",
)
@click.option(
    "--decisions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="人工决定表(CSV)：哪些是同一人、不是同一人、别名；照此执行，不再询问。",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    default="local",
    show_default=True,
    help="在本机比对，或在 Spark 上比对(结果逐行相同；写 children.csv、issues.csv 和 Parquet，不写报告)。",
)
@click.option(
    "--table", default="", help="Spark 上：从表(库名.表名)读入记录，代替文件夹；列同 rollcall export 写出的。"
)
@click.option(
    "--csv",
    "beside",
    type=click.Path(file_okay=False, path_type=Path),
    help="Spark 上：--out 为地址时，另把 children.csv、issues.csv 写到本机的这个文件夹。",
)
@click.option("--master", default="", help="Spark 的地址，如 local[4]、spark://主机:7077、yarn。")
@click.option(
    "--conf", multiple=True, metavar="名称=值", callback=_settings, help="Spark 的设置；可多次使用。"
)
def command(
    paths: tuple[Path | str, ...],
    as_of: date,
    out: Path | str,
    kinds: dict[str, str],
    layouts: tuple[Path, ...],
    workers: int,
    model: str,
    decisions: Path | None,
    engine: str,
    table: str,
    beside: Path | None,
    master: str,
    conf: dict[str, str],
) -> None:
    """Screen the lists and print the funnel; exit code 2 when nothing usable came in."""
    if bool(paths) == bool(table):
        raise click.UsageError("指明名单(文件或文件夹)；在 Spark 上也可以改用 --table。")
    if engine == "local" and (table or beside or any(is_address(str(each)) for each in (out, *paths))):
        raise click.UsageError("地址、--table 和 --csv 只用于 --engine spark。")
    bar = Bar()
    try:
        saved = [load(path) for path in layouts]
        if engine == "spark":
            asked = SparkJob(paths, as_of, out, table, beside, kinds, saved, workers, model, decisions)
            written = screen_on_spark(asked, SparkSettings(master, conf), bar)
        else:
            here = [Path(each) for each in paths]
            job = Job(here, as_of, Path(out), kinds, saved, workers, model, decisions)
            result = screen_lists(job, bar)
    except (NothingUsableError, LayoutError, ModelError, DecisionsError) as error:
        bar.close()
        click.echo(str(error), err=True)
        sys.exit(2)
    bar.close()
    if engine == "spark":
        rows = "，".join(f"{name}.parquet {count:,} 行" for name, count in written.items())
        here_too = f"；children.csv 在 {asked.here}" if asked.here else ""
        click.echo(f"结果在 {out}：{rows}{here_too}")
    else:
        print_result(result, Path(out))


def print_result(result: RunResult, out: Path) -> None:
    """Print the funnel, what needs attention, and which files to open."""
    counts = result.screening.counts
    steps = counts["funnel"]
    assert isinstance(steps, list)
    widest = max(int(step["count"]) for step in steps) or 1
    click.echo(f"比对日期 {result.as_of}，学龄：{result.cohort[0]} 至 {result.cohort[1]} 出生\n")
    for step in steps:
        label = step["label"] + " " * (18 - 2 * len(step["label"]))
        bar = "█" * max(1 if step["count"] else 0, round(30 * step["count"] / widest))
        click.echo(f"  {label}{step['count']:>10,}  {bar:<30} {step['note']}")
    rejected = [each for each in result.readings if not len(each.records)]
    for each in rejected:
        # What says why: an error, and one that says more than that there is no record.
        said = sorted(
            each.issues, key=lambda issue: (issue.severity != "error", issue.code == "file.no_records")
        )
        click.echo(f"  ! {each.file}：没有可用的记录。{said[0].message() if said else ''}", err=True)
    for each in result.readings:
        for issue in each.issues:
            if issue.code in OF_WHOLE_LISTS:
                click.echo(f"  ! {each.file}：{issue.message()}", err=True)
    click.echo(f"\n结果在 {out}：")
    for file, about in (
        ("比对报告.html", "先看这一页：漏斗、分布、疑似匹配、名单质量"),
        ("核查名单.xlsx", "联席会议和入户核查用，可打印"),
        ("数据更正清单-*.xlsx", "发还各部门更正"),
        ("children.csv", "每个儿童一行；links.csv 每条匹配一行；issues.csv 每个数据问题一行"),
    ):
        if any(out.glob(file)):  # where nothing is to be corrected, no such list is written
            click.echo(f"  {file:<16} {about}")

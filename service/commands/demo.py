"""``rollcall demo``: make a county that is on no map."""

from __future__ import annotations

from pathlib import Path

import click

from service.demo import make_county
from service.demo.numbers import CountyError
from service.demo.people import LARGEST


@click.command("demo", help="造一个虚构的县：人口、真相和各部门报来的名单。")
@click.option(
    "--children", type=click.IntRange(1, LARGEST), default=12_000, show_default=True, help="3—17 岁儿童人数。"
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="随机种子；同样的参数得到同样的文件。",
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="输出文件夹。")
@click.option(
    "--errors", type=click.FloatRange(0), default=1.0, show_default=True, help="差错率的倍数，0 为没有差错。"
)
@click.option(
    "--no-number",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="学籍中至少多大比例没有证件号码。",
)
@click.option(
    "--transliterated",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="至少多大比例的家庭用音译姓名。",
)
def command(
    children: int, seed: int, out: Path, errors: float, no_number: float, transliterated: float
) -> None:
    """Make a county and say where it lies."""
    try:
        make_county(
            children,
            seed,
            out,
            errors,
            no_number,
            transliterated,
            progress=lambda text: click.echo(f"  {text}"),
        )
    except CountyError as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"名单在 {out / 'files'}，对照在 {out / 'rows.csv'} 和 {out / 'truth.csv'}")

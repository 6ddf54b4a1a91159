"""``rollcall demo``: make a county that is on no map."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from service.commands.evaluate import print_headline
from service.commands.screen import Bar, print_result
from service.demo import make_county
from service.demo.numbers import CountyError
from service.demo.people import LARGEST
from service.demo.places import COUNTIES
from service.demo.prefecture import make_prefecture
from service.evaluate import evaluate
from service.screening import Job, screen_lists

AS_OF = date(2026, 9, 1)
"""The day on which the made-up county's lists were drawn up."""


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
    "--screen",
    "result",
    type=click.Path(file_okay=False, path_type=Path),
    help="接着比对，结果写入此文件夹，并与真相对照。",
)
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
@click.option("--load", is_flag=True, help="把这个县装入本机服务的数据库：单位、每个角色一个账号、一次比对。")
@click.option(
    "--quarters",
    type=click.IntRange(1, 4),
    help="在本机服务的数据库里演完这么多个季度：报送、比对、核查、劝返、会议，各部门各有账号。",
)
@click.option("--aid", is_flag=True, help="另造一份学生资助发放名单（放在 aid 文件夹，不参与比对）及其真相。")
@click.option(
    "--begin", is_flag=True, help="与 --quarters 同用：再开始一个季度，停在核查阶段，各乡镇报了一半。"
)
@click.option("--plain", is_flag=True, help="只造两份大文件：户籍一份、学籍一份（CSV），用于百万人口的试验。")
@click.option(
    "--counties",
    type=click.IntRange(2, len(COUNTIES)),
    help="造一个市州的这么多个县，每县一个文件夹，县与县之间有人转学（movers.csv）；--children 是每县人数。",
)
def command(
    children: int,
    seed: int,
    out: Path,
    result: Path | None,
    errors: float,
    no_number: float,
    transliterated: float,
    load: bool,
    quarters: int | None,
    begin: bool,
    plain: bool,
    aid: bool,
    counties: int | None,
) -> None:
    """Make a county, say where it lies, and with ``--screen`` do the main job on it."""
    if quarters:
        _played(children, seed, out, quarters, begin)
        return
    if counties:
        _neighbours(counties, children, seed, out, errors)
        return
    bar = Bar()
    try:
        make_county(children, seed, out, errors, no_number, transliterated, bar, plain, aid)
    except CountyError as error:
        raise click.UsageError(str(error)) from error
    finally:
        bar.close()
    click.echo(f"名单在 {out / 'files'}，对照在 {out / 'rows.csv'} 和 {out / 'truth.csv'}")
    if result is not None:
        _screened(out, result)
    if load:
        _loaded(out)


def _neighbours(counties: int, children: int, seed: int, out: Path, errors: float) -> None:
    """Make the counties of a prefecture, and say what to do with them."""
    bar = Bar()
    try:
        make_prefecture(counties, children, seed, out, errors, bar)
    except CountyError as error:
        raise click.UsageError(str(error)) from error
    finally:
        bar.close()
    click.echo(f"{counties} 个县在 {out}，转走的儿童在 {out / 'movers.csv'}")
    click.echo(f"接下来：rollcall prefecture {out} --as-of {AS_OF} --out 结果文件夹")


def _screened(out: Path, result: Path) -> None:
    """Do the main job on the county and hold the result against the truth."""
    bar = Bar()
    run = screen_lists(Job([out / "files"], AS_OF, result), bar)
    bar.close()
    click.echo()
    print_result(run, result)
    click.echo(f"\n这是虚构的县，真相是知道的：rollcall evaluate {result} --truth {out} 逐条对照，要点如下：")
    print_headline(evaluate(result, out))
    click.echo(f"\n接下来：打开 {result / '比对报告.html'}；再用自己的名单试一次：")
    click.echo("  rollcall inspect 名单.xlsx")
    click.echo("  rollcall screen 名单文件夹 --as-of 2026-09-01 --out 结果文件夹")


def _played(children: int, seed: int, out: Path, quarters: int, begin: bool) -> None:
    """Play quarters of a county in the service's database, and say what each came to."""
    from service.demo import living
    from service.demo.quarters import play
    from service.embedded.installation import SIGN_INS, settings_at_hand

    bar = Bar()
    with settings_at_hand() as settings:
        try:
            for done in play(settings, (children, seed, out), quarters, bar, begin=begin):
                bar.close()
                click.echo(done.said())
        except living.AlreadyThereError:
            raise click.UsageError(
                f"数据库里已经有一个县，不能再演。请停止服务，删除它的文件夹 {settings.state}，"
                "或用 ROLLCALL_STATE 另指一个文件夹。"
            ) from None
        finally:
            bar.close()
        kept = Path(settings.state) / SIGN_INS
    click.echo(f"\n接下来：make serve，打开它给出的地址；每个角色的登录名和口令在 {kept}")


def _loaded(out: Path) -> None:
    """Put the county into the service's database, so that ``rollcall up`` shows one at work."""
    # Here, for the database and the web take a while to load, and a screening needs neither.
    from service.demo import living
    from service.embedded.installation import SIGN_INS, settings_at_hand

    bar = Bar()
    with settings_at_hand() as settings:
        try:
            living.load(settings, out, AS_OF, bar)
        except living.AlreadyThereError:
            bar.close()
            click.echo("\n数据库里已经有一个县，没有再装入演示县。要重来，请先停止服务，再删除它的文件夹。")
        bar.close()
        kept = Path(settings.state) / SIGN_INS
    click.echo("\n网页上也有了这个县。启动：make serve，再打开它给出的地址。")
    if kept.exists():
        click.echo(f"每个角色的登录名和口令在 {kept}")

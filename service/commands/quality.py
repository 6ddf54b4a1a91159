"""``rollcall quality``: how good a finished run is, as the run itself found."""

from __future__ import annotations

import json
from pathlib import Path

import click

from service.reports import quality as words


@click.command("quality", help="显示一次比对的质量自查：不靠人工标注，由结果本身测出。OUT 为结果文件夹。")
@click.argument("out", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="以 JSON 显示。")
@click.option(
    "--townships", type=click.IntRange(0), default=words.TOWNSHIPS, show_default=True, help="列出多少个乡镇。"
)
def command(out: Path, as_json: bool, townships: int) -> None:
    """Print the part ``quality`` of OUT/summary.json."""
    try:
        summary = json.loads((out / "summary.json").read_text("utf-8"))
        quality = summary["quality"]
    except FileNotFoundError as error:
        raise click.ClickException(
            f"{out} 中没有 summary.json：请指明 rollcall screen 的结果文件夹。"
        ) from error
    except (json.JSONDecodeError, KeyError) as error:
        raise click.ClickException(
            f"{out / 'summary.json'} 中没有质量自查，请重新运行 rollcall screen。"
        ) from error
    if as_json:
        click.echo(json.dumps(quality, ensure_ascii=False, indent=1))
        return
    _print(quality, townships)


def _print(quality: words.Facts, townships: int) -> None:
    click.echo(f"质量自查：{quality['blinded']['links']:,} 条已知匹配遮住号码重做；括号内为 95% 区间\n")
    for label, figure, about in words.lines(quality):
        click.echo(f"  {_wide(label, 26)}{figure:<24} {about}")
    click.echo("\n概率是否可信(程序给出的概率，与遮住号码后实际为本人的比例)")
    for row in quality["calibration"]["bins"]:
        span = f"{row['from']:g}–{row['to']:g}"
        click.echo(
            f"  {span:<14}{row['n']:>9,} 对   平均 {row['predicted']:<9.4f}"
            f" 实际 {words.percent(row['observed'])}"
        )
    click.echo("\n各类候选键找到的匹配(自动认定的；遮住号码后的；括号内为只有它找到的)")
    for key, links, alone, blinded, blinded_alone in words.key_lines(quality):
        click.echo(f"  {_wide(key, 26)}{links:>9,} ({alone:,})   {blinded:>9,} ({blinded_alone:,})")
    click.echo("\n分组(儿童数；已匹配比例；遮住号码后的找回率、准确率)")
    for group, value, children, linked, recall, precision in words.group_lines(quality, townships):
        click.echo(f"  {_wide(group + ' ' + value, 24)}{children:>9,}  {linked:<22}{recall:<22}{precision}")


def _wide(text: str, width: int) -> str:
    """The text and spaces up to ``width`` columns; a Chinese character takes two."""
    used = sum(2 if ord(each) > 0x2E7F else 1 for each in text)
    return text + " " * max(1, width - used)

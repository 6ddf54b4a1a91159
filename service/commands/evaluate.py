"""``rollcall evaluate``: hold a run's output against a county whose truth is known."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pandas as pd

from service.evaluate import Evaluation, evaluate
from service.evaluate_movers import MOVERS, evaluate_movers

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_LISTED = 50
_LINES = (
    ("truth_children", "学龄儿童（真值，在名单上）", "children of school age, truth"),
    ("output_rows", "输出的儿童", "output rows"),
    ("flagged", "判为未就学", "flagged not enrolled"),
    ("lost", "漏掉的儿童", "lost children"),
    ("false_alarms", "误报", "false alarms"),
    ("false_alarm_share", "误报占未就学", "false alarms / flagged"),
    ("review", "待人工确认", "to review"),
    ("review_share", "待人工确认占学龄儿童", "to review / children"),
    ("merged", "误并为一人", "merged"),
    ("split", "一人分成几行", "split"),
    ("wrong_links", "连到别人的学籍", "linked to another's roll row"),
    ("flagged_out_of_age", "未就学中不在学龄的", "flagged out of school age"),
    ("children_without_row", "在名单上而无输出的儿童", "children without output row"),
    ("rows_unaccounted", "没有下落的行", "rows unaccounted"),
    ("rows_roll_only", "只在学籍上的行（不计）", "roll-only rows (not counted)"),
    ("rows_without_truth", "真值中没有的输出", "output rows unknown to the truth"),
    ("absent_truth", "名在人不在（真值）", "absent, truth"),
    ("absent_output", "名在人不在（输出）", "absent, output"),
    ("absent_precision", "名在人不在准确率", "absent precision"),
    ("absent_recall", "名在人不在召回率", "absent recall"),
    ("proof_balanced", "行数对得上", "rows in = records + issues"),
)


@click.command("evaluate")
@click.argument("out", type=_FOLDER)
@click.option("--truth", "truth", type=_FOLDER, required=True, help="folder with truth.csv and rows.csv")
@click.option("--json", "as_json", is_flag=True, help="print figures and wrong ones as JSON")
@click.option("--max-lost", type=int, help="fail when more children are lost")
@click.option("--max-false-alarms", type=float, help="fail when false alarms / flagged is greater")
@click.option("--max-review", type=float, help="fail when review / children of school age is greater")
def command(
    out: Path,
    truth: Path,
    as_json: bool,
    max_lost: int | None,
    max_false_alarms: float | None,
    max_review: float | None,
) -> None:
    """Hold the output folder OUT against a known truth; exit code 1 when a limit is exceeded.

    Of a prefecture (``rollcall demo --counties N``) the pass across counties is held against who moved.
    """
    try:
        if (truth / MOVERS).exists():
            _print_movers(out, truth, as_json)
            return
        result = evaluate(out, truth)
    except FileNotFoundError as error:
        raise click.ClickException(f"缺少文件 file not found: {error.filename}") from error
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(result.as_json(), ensure_ascii=False, indent=1))
    else:
        _print(result)
    limits = {"lost": max_lost, "false_alarm_share": max_false_alarms, "review_share": max_review}
    over = [name for name, limit in limits.items() if limit is not None and getattr(result, name) > limit]
    for name in over:
        click.echo(f"超过上限 over the limit: {name} = {getattr(result, name)} > {limits[name]}", err=True)
    if over:
        raise SystemExit(1)


_MOVERS = (
    ("children", "各县未就学或待确认的儿童", "children at no school in their county, or in review"),
    ("movers", "其中已转到外县就读的（真值）", "of them at school in another county, truth"),
    ("found", "找到的", "found"),
    ("asked", "请人工确认的", "for a person to confirm"),
    ("missed", "没有找到的（仍列为未就学）", "missed, still listed as at no school"),
    ("lost", "误认为在外县就读的失学儿童", "children at no school, linked to another's record"),
    ("wrong", "认错了县或人的", "found at the wrong place"),
)


def _print_movers(out: Path, truth: Path, as_json: bool) -> None:
    figures = evaluate_movers(out, truth).figures()
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False, indent=1))
        return
    for name, chinese, english in _MOVERS:
        click.echo(f"{figures[name]:>10,}  {chinese}  {english}")


HEADLINE = (
    "truth_children",
    "flagged",
    "lost",
    "false_alarms",
    "review",
    "review_share",
    "absent_truth",
    "absent_precision",
    "absent_recall",
    "rows_unaccounted",
    "proof_balanced",
)
"""What a first look needs; the command prints the rest."""


def print_headline(result: Evaluation) -> None:
    """Print the few figures that say whether a run can be trusted."""
    _figures(result, HEADLINE)


def _print(result: Evaluation) -> None:
    _figures(result, tuple(name for name, _, _ in _LINES))
    _list("漏掉的儿童 lost children", result.lost_children)
    _list("误报 false alarms", result.false_alarm_rows)
    _list("没有下落的行 rows unaccounted", result.unaccounted_rows)


def _figures(result: Evaluation, names: tuple[str, ...]) -> None:
    for name, chinese, english in _LINES:
        if name not in names:
            continue
        value = getattr(result, name)
        shown = (
            f"{100 * value:.2f}%"
            if isinstance(value, float)
            else f"{value:,}"
            if type(value) is int
            else str(value)
        )
        click.echo(f"{shown:>10}  {chinese}  {english}")


def _list(title: str, table: pd.DataFrame) -> None:
    if table.empty:
        return
    click.echo(f"\n{title} ({len(table):,})")
    for row in table.head(_LISTED).to_dict("records"):
        click.echo("  " + "  ".join(f"{name}={value}" for name, value in row.items()))
    if len(table) > _LISTED:
        click.echo(f"  … {len(table) - _LISTED:,} 个未列出，用 --json 看全部 more, use --json")

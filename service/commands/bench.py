"""``rollcall bench``: one cell of the benchmark, from a checkout of the project."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parents[2]
CONTESTANTS = ("rollcall", "floor", "splink")


@click.command(
    "bench", help="评测一格：造一个虚构的县，比对，与真相、Splink 和最低耗时对照（需要源代码目录）。"
)
@click.option("--children", type=click.IntRange(1), default=20_000, show_default=True, help="儿童人数。")
@click.option("--seed", type=click.IntRange(0), default=101, show_default=True, help="随机种子。")
@click.option(
    "--regime",
    type=click.Choice(["base", "hard", "blind"]),
    default="base",
    show_default=True,
    help="差错程度。",
)
@click.option("--pair", is_flag=True, help="只用户籍、学籍两份大文件；Splink 只能比两份。")
@click.option(
    "--with",
    "rivals",
    type=click.Choice(CONTESTANTS[1:]),
    multiple=True,
    help="同时评测 floor（读一遍文件的最低耗时）或 splink（先执行一次 make bench 装好环境）。",
)
def command(children: int, seed: int, regime: str, pair: bool, rivals: tuple[str, ...]) -> None:
    """Run it as the benchmark does, in processes of its own; the wheel holds no benchmark."""
    if not (ROOT / "tests" / "bench" / "__main__.py").exists():
        raise click.UsageError("评测程序只在源代码目录里：请在项目的检出目录中执行。")
    if "splink" in rivals and not pair:
        raise click.UsageError("Splink 只能比两份名单：请加 --pair。")
    asked = ["--children", str(children), "--seeds", str(seed), "--regimes", regime]
    asked += ["--shape", "pair" if pair else "county", "--contestants", "rollcall", *rivals]
    ended = subprocess.run([sys.executable, "-m", "tests.bench", *asked], cwd=ROOT, check=False)  # noqa: S603
    sys.exit(ended.returncode)

"""A county of a few children, each with one thing wrong, in lists written by hand; and its next quarter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import text

from service.db import SYSTEM, transaction
from service.jobs.perform import perform
from service.rounds.rules import open_round
from tests.service.runs.county import AS_OF, COUNTY, Site, account_id, make_lists, send, start_run
from tests.service.uploads.county import number

BORN = {
    "王子轩": "2015-03-18", "李佳怡": "2014-06-05", "张浩然": "2013-11-20", "刘雨桐": "2016-01-09",
    "陈思远": "2012-09-30", "杨若曦": "2015-12-12", "赵明哲": "2014-02-27", "周静雯": "2013-05-16",
    "吴俊杰": "2016-07-21", "郑诗涵": "2012-10-03", "孙一诺": "2015-08-14", "马晓东": "2014-04-11",
}  # fmt: skip
"""Children and their birthdays. Each of the first has one thing wrong, the last three nothing."""

OWN = {name: number(at * 2 + 11, born) for at, (name, born) in enumerate(BORN.items())}
PARENT = number(7, "1985-06-01")
MISTYPED = OWN["张浩然"][:-1] + ("0" if OWN["张浩然"][-1] != "0" else "1")
TEMPORARY = "L6599992016010912"

Rows = Mapping[str, Mapping[str, str]]
"""Name of a child -> what a list has instead; ``None`` as the only key: it is not on the list."""

RIGHT: Rows = {}
WRONG_ROLL: Rows = {
    "王子轩": {"name": "王子宣"},
    "李佳怡": {"id": ""},
    "张浩然": {"id": MISTYPED},
    "刘雨桐": {"id": PARENT},
    "杨若曦": {"born": "2015-12-21"},
}
WRONG_CIVIL: Rows = {"陈思远": {"name": "陈思源"}}
ON_CIVIL = ("陈思远", "孙一诺", "马晓东")


def household(changed: Rows = RIGHT, without: tuple[str, ...] = ("马晓东",)) -> str:
    """The register of the police; one child it does not know, one it has twice where told."""
    lines = ["户号,户主姓名,与户主关系,姓名,性别,民族,出生日期,公民身份号码,户籍地址"]
    for at, (name, born) in enumerate(BORN.items()):
        if name not in without:
            told = {"name": name, "born": born, "id": OWN[name], **changed.get(name, {})}
            lines.append(
                f"{at},{name[0]}大山,子,{told['name']},男,汉族,{told['born']},{told['id']},青禾县城关镇{at}号"
            )
    return "\n".join(lines)


def roll(changed: Rows = WRONG_ROLL, more: tuple[str, ...] = ()) -> str:
    """The registry's pupils: every child, and a pupil whom no list of residents has."""
    lines = ["学校名称,学籍号,姓名,性别,出生日期,民族,身份证件号,年级,班级,学生当前状态,监护人姓名"]
    for name, born in BORN.items():
        told = {"name": name, "born": born, "id": OWN[name], **changed.get(name, {})}
        own = "" if told["id"] != OWN[name] else f"G{OWN[name]}"
        lines.append(
            f"城关镇中心小学,{own},{told['name']},男,{told['born']},汉族,{told['id']},三年级,1班,在读,{name[0]}大山"
        )
    away = number(77, "2015-05-05")
    lines.append(f"城关镇中心小学,G{away},冯小远,女,2015-05-05,汉族,{away},三年级,1班,在读,冯大海")
    return "\n".join([*lines, *more])


def civil(changed: Rows = WRONG_CIVIL) -> str:
    """Children in need, as civil affairs has them."""
    lines = ["序号,姓名,性别,身份证号,出生日期,监护人姓名,儿童类别,户籍地址"]
    for at, name in enumerate(ON_CIVIL, 1):
        told = {"name": name, "born": BORN[name], "id": OWN[name], **changed.get(name, {})}
        lines.append(
            f"{at},{told['name']},男,{told['id']},{told['born']},{name[0]}大山,留守儿童,青禾县城关镇{at}号"
        )
    return "\n".join(lines)


def files(folder: Path, **lists: str) -> list[Path]:
    """The three lists as files; those given instead of the usual ones."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {"household": household(), "roll": roll(), "civil": civil(), **lists}
    names = {"household": "户籍人口.csv", "roll": "学籍.csv", "civil": "困境儿童.csv"}
    for kind, body in made.items():
        (folder / names[kind]).write_text(body, "utf-8")
    return [folder / names[kind] for kind in made]


def first_round(site: Site, folder: Path, **lists: str) -> None:
    """Agencies, the first round with its lists, its run, and the corrections of it."""
    make_lists(site.settings, files(folder, **lists))
    matched(site, 1)


def next_round(
    site: Site, folder: Path, kinds: tuple[str, ...] = ("household", "roll", "civil"), **lists: str
) -> int:
    """Another round with lists of its own; gives its id."""
    with transaction(site.settings.database_url, SYSTEM) as session:
        agencies = dict(session.execute(text("select kind, id from agency where kind <> 'township'")).all())
        count = session.scalar(text("select count(*) from round")) or 0
        opened = open_round(
            session,
            f"第{count + 1}次",
            COUNTY,
            AS_OF.replace(month=10 + count % 2),
            account_id(session, "officer"),
        )
        for path in files(folder / f"round-{opened.id}", **lists):
            if any(name in path.name for name in [_NAMES[kind] for kind in kinds]):
                send(session, site.settings, opened.id, path, agencies)
    matched(site, opened.id)
    return opened.id


_NAMES = {"household": "户籍", "roll": "学籍", "civil": "困境"}


def matched(site: Site, round_id: int) -> int:
    """Run the matcher over a round and gather its corrections; gives the run's id."""
    run_id, job_id = start_run(site.settings, round_id)
    assert perform(site.settings, job_id) == "done"
    gathered(site, run_id)
    return run_id


def gathered(site: Site, run_id: int) -> None:
    """Do the job that a run has left behind."""
    job = site.one(
        "select id from job where kind = 'gather_corrections' and subject_id = :run and state = 'queued'",
        run=run_id,
    )
    assert perform(site.settings, job) == "done"

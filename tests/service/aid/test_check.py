"""The check of student aid on the demo county, held against its truth, child by child."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from schemas.aid import findings
from service.aid.gathering import details_of
from service.aid.tasks import every_minute
from service.db import transaction
from service.demo import make_county
from service.jobs.perform import perform
from service.privacy.custody import cipher_of
from service.runs.models import Run
from tests.servers import Servers
from tests.service.runs.county import ALL, Site, make_lists, start_run
from tests.web import settings_of

CHILDREN = 1500
SOURCES = ("no", "sources", "roll_source")


def made(servers: Servers, folder: Path, errors: float) -> tuple[Site, Path]:
    """A county with its lists, aid among them, its run and the check of its aid."""
    make_county(CHILDREN, 3, folder / "county", errors=errors, aid=True)
    database = servers.fresh()
    site = Site(settings_of(database, state=str(folder / "state"), lease_seconds=2), database)
    files = sorted((folder / "county" / "files").iterdir())
    make_lists(site.settings, [*files, *(folder / "county" / "aid").iterdir()])
    _, job = start_run(site.settings, 1)
    assert perform(site.settings, job) == "done"
    checked(site)
    return site, folder / "county"


def checked(site: Site) -> None:
    every_minute(site.settings)
    job = site.one("select max(id) from job where kind = 'check_aid'")
    assert perform(site.settings, job) == "done"


@pytest.fixture(scope="module")
def clean(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Path]]:
    """Lists without a single error: what is found is the truth, no more and no less."""
    site, county = made(servers, tmp_path_factory.mktemp("clean"), 0.0)
    yield site, county
    servers.drop(site.database)


@pytest.fixture(scope="module")
def usual(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Path]]:
    """Lists as clerks write them."""
    site, county = made(servers, tmp_path_factory.mktemp("usual"), 1.0)
    yield site, county
    servers.drop(site.database)


def truth_of(county: Path) -> set[tuple[int, str]]:
    return {tuple(each) for each in pd.read_csv(county / "aid_truth.csv").itertuples(index=False)}


def found_of(site: Site, county: Path) -> set[tuple[int, str]]:
    """(child, kind) of every finding: by the row of the aid list, else by a list that the child stands on.

    ``unpaid?`` where there is an aid record that may be the child's, and a person is to say.
    """
    aid = pd.read_csv(county / "aid_rows.csv").set_index(["sheet", "row"])["child_id"]
    rows = pd.read_csv(county / "rows.csv").drop_duplicates(["file", "sheet", "row"], keep=False)
    spots = {f"{r.file}#{r.sheet}:{r.row}": r.child_id for r in rows.itertuples()}
    sources = {
        int(no): [each for name in ("sources", "roll_source") for each in row[name].split(";")]
        for no, row in details(site).items()
    }
    children = {no: next((spots[each] for each in of if each in spots), -1) for no, of in sources.items()}
    return {
        (
            int(aid[sheet, row]) if kind != "unpaid" and row else int(children[no]),
            f"{kind}?" if asked else kind,
        )
        for kind, no, sheet, row, asked in site.rows(
            "select kind, run_no, sheet, row, kind = 'unpaid' and row > 0 from aid_finding"
        )
    }


def details(site: Site) -> dict[int, dict[str, str]]:
    with transaction(site.settings.database_url, ALL) as session:
        table = details_of(session, session.get_one(Run, 1), cipher_of(site.settings), SOURCES)
    return {row["no"]: row for row in table.to_dict("records")}


def test_on_clean_lists_it_finds_what_there_is_and_nothing_else(clean: tuple[Site, Path]) -> None:
    site, county = clean
    truth, found = truth_of(county), found_of(site, county)
    assert {kind for _, kind in truth} == set(findings()) - {"nobody"}, "each kind is put to the test"
    assert found - truth == set()
    rows = pd.read_csv(county / "rows.csv")
    registered = set(rows.loc[rows["kind"] == "household", "child_id"])
    families = pd.read_csv(county / "truth.csv").set_index("child_id")["family"]
    unknown = set(families[~families.index.isin(registered)])
    missed = {(child, kind) for child, kind in truth - found if families[child] not in unknown}
    assert missed == set(), "households are those of the register: who is not on it has none"


def test_errors_in_the_lists_cost_little_and_accuse_hardly_anybody(usual: tuple[Site, Path]) -> None:
    site, county = usual
    truth, found = truth_of(county), found_of(site, county)
    wrong = {each for each in found - truth if each[1] not in ("nobody", "unpaid?")}
    assert len(truth & found) >= 0.9 * len(truth)
    assert len(wrong) <= 0.05 * len(found), wrong
    assert len({each for each in found if each[1] == "unpaid?"}) <= 0.1 * len(truth)


def test_the_runs_own_result_is_the_same_with_and_without_an_aid_list(usual: tuple[Site, Path]) -> None:
    site, _ = usual
    lists = site.one("select lists from run where id = 1")
    assert "aid" not in {each["kind"] for each in lists}


def test_the_same_lists_are_checked_once_and_again_gives_the_same(usual: tuple[Site, Path]) -> None:
    site, _ = usual
    before = site.rows("select kind, agency_id, run_no, sheet, row, group_name from aid_finding order by id")
    every_minute(site.settings)
    assert site.one("select count(*) from job where kind = 'check_aid'") == 1
    site.rows("update job set key = 'again' where kind = 'check_aid' returning id")
    checked(site)
    after = site.rows("select kind, agency_id, run_no, sheet, row, group_name from aid_finding order by id")
    assert before == after


def test_a_gap_is_seen_by_the_agency_of_the_group_and_the_rest_by_the_bureau(
    usual: tuple[Site, Path],
) -> None:
    site, _ = usual
    owners = site.rows(
        "select distinct f.kind, a.kind, f.group_name from aid_finding f join agency a on a.id = f.agency_id"
    )
    for kind, owner, group in owners:
        if kind == "unpaid" and group.startswith(("农村低保", "孤儿", "特困")):
            assert owner == "civil_affairs"
        if kind == "unpaid" and group.startswith(("脱贫", "边缘", "突发")):
            assert owner == "rural_revival"
        if kind in ("siblings", "amount", "not_at_school", "nobody"):
            assert owner == "education"
    assert {owner for _, owner, _ in owners} >= {"education", "civil_affairs", "rural_revival"}


def test_each_sees_what_the_table_of_permissions_gives(usual: tuple[Site, Path]) -> None:
    site, _ = usual
    counts = dict(
        site.rows("select a.kind, count(*) from aid_finding f join agency a on a.id = f.agency_id group by 1")
    )
    for login in ("officer", "leader", "auditor", "clerk", "member", "verifier"):
        answer = site.browser(login).get("/aid/1")
        assert answer.status_code == (403 if login in ("member", "verifier") else 200), login
    officer, clerk = site.browser("officer"), site.browser("clerk")
    told = officer.get("/api/v1/aid/findings?limit=500").json
    assert len(told["findings"]) == sum(counts.values())
    assert clerk.get("/api/v1/aid/findings").json["findings"] == [], "the police have nothing to look into"
    plain = officer.get("/aid/1?kind=unpaid").text
    numbers = [row[4] for row in site.children() if isinstance(row[0], int) and row[4]]
    assert not [each for each in numbers if each in plain]
    assert "&lt;5" not in plain
    names = {each["name"] for each in told["findings"]}
    hidden = site.browser("leader").get("/aid/1").text
    assert not [each for each in names if len(each) > 2 and each in hidden]


def test_the_file_to_work_from(usual: tuple[Site, Path]) -> None:
    site, _ = usual
    officer = site.browser("officer")
    officer.get("/aid/1")
    answer = officer.post("/aid/1/findings.xlsx")
    data = answer.data
    answer.close()
    sheets = pd.read_excel(io.BytesIO(data), sheet_name=None, header=2, dtype=str, engine="calamine")
    counts = dict(site.rows("select kind, count(*) from aid_finding group by 1"))
    assert {kind: len(sheets[name]) for kind, (name, _) in findings().items() if kind in counts} == counts
    row = sheets["应助未助"].iloc[0]
    assert row["证件号码"].startswith("6599")
    assert "*" in row["证件号码"]


def test_the_bureau_checks_again_and_is_told_where_there_is_nothing_to_check(
    usual: tuple[Site, Path],
) -> None:
    site, _ = usual
    officer = site.browser("officer")
    officer.get("/aid/1")
    assert officer.post("/aid/1/check").status_code == 303
    assert "正在核对" in officer.get("/aid/1").text
    site.rows("update agency_list set state = 'withdrawn' where kind = 'aid' returning id")
    assert officer.post("/aid/1/check").status_code == 409
    assert "还没有已提交的资助发放名单" in officer.get("/aid/1").text

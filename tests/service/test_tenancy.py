"""A2 to A4: the walls inside PostgreSQL, tried by statements that forget to ask for their own rows."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import create_engine, insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from service import copying
from service.accounts.models import Account
from service.agencies.models import Agency
from service.db import SYSTEM, Base, Scope, engine_of, transaction
from service.errors import StartRefusedError
from service.jobs.models import Job
from service.rounds.models import Round
from service.runs.models import Run, RunChild
from service.tenancy import assert_walls, policies
from service.uploads.models import AgencyList

COUNTY = "659999"


@pytest.fixture
def two(database):
    """Two agencies with a list each, and three children in two townships; the address of the service."""
    with transaction(database.app_url, SYSTEM) as session:
        session.execute(text(f"insert into region (code, name) values ('{COUNTY}', '青禾县')"))
        for number, kind in ((1, "police"), (2, "health")):
            session.add(Agency(id=number, kind=kind, name=kind, region_code=COUNTY))
        session.flush()
        session.add(Account(id=1, agency_id=1, login="chen", name="陈"))
        session.flush()
        about = {"as_of": date(2026, 9, 1), "school_year": 2026, "created_by": 1}
        session.add(Round(id=1, name="r", region_code=COUNTY, **about))
        session.flush()
        for number in (1, 2):
            session.add(a_list(number, number))
        session.add(Run(id=1, round_id=1, no=1, lists=[], created_by=1))
        session.flush()
        for no, region in ((1, "659999101"), (2, "659999102"), (3, COUNTY)):
            session.add(a_child(no, region))
    return database.app_url


def a_list(number: int, agency: int) -> AgencyList:
    told = {"file_name": "f", "blob_id": "b", "sha256": str(number), "size": 1, "created_by": 1}
    return AgencyList(id=number, round_id=1, agency_id=agency, **told)


def a_child(no: int, region: str) -> RunChild:
    empty = dict.fromkeys(("key", "name", "id_number"), b"")
    texts = dict.fromkeys(("township", "sex", "rule", "school"), "")
    return RunChild(
        run_id=1,
        no=no,
        region_code=region,
        enrolment="enrolled",
        attendance="unknown",
        probability=1.0,
        groups=[],
        part=0,
        **empty,
        **texts,
    )


def seen(url: str, scope: Scope, statement: object) -> list[int]:
    with transaction(url, scope) as session:
        return sorted(session.scalars(statement))


LISTS = {
    "ORM": select(AgencyList.id),
    "Core": AgencyList.__table__.select().with_only_columns(AgencyList.__table__.c.id),
    "text": text("select id from agency_list"),
    "through a join": text("select l.id from round r join agency_list l on l.round_id = r.id"),
}


@pytest.mark.parametrize("how", LISTS)
@pytest.mark.parametrize(
    ("scope", "ids"),
    [
        (Scope("agency", 1, 1), [1]),
        (Scope("agency", 1, 2), [2]),
        (Scope("region", 1, 1, COUNTY), [1]),
        (Scope("all"), [1, 2]),
        (Scope("none"), []),
        (Scope("agency"), []),
        (Scope("bureau"), []),
    ],
)
def test_a4_no_statement_reads_over_the_wall(how, scope, ids, two):
    assert seen(two, scope, LISTS[how]) == ids


@pytest.mark.parametrize(
    ("scope", "numbers"),
    [
        (Scope("region", 1, 5, "659999101"), [1]),
        (Scope("region", 1, 5, COUNTY), [1, 2, 3]),
        (Scope("region", 1, 5, "659999101003"), []),
        (Scope("region", 1, 5, ""), []),
        (Scope("region", 1, 5, "%"), []),
        (Scope("agency", 1, 1, COUNTY), []),
    ],
)
def test_a1_children_are_seen_within_the_region(scope, numbers, two):
    assert seen(two, scope, select(RunChild.no)) == numbers


def test_a4_an_agency_writes_nothing_for_another(two):
    mine = Scope("agency", 1, 1)
    with transaction(two, mine) as session:
        changed = session.execute(update(AgencyList).where(AgencyList.id == 2).values(kind="roll"))
        assert changed.rowcount == 0
        assert session.execute(text("delete from agency_list where id = 2")).rowcount == 0
    values = {"kind": "x", "queue": "q", "subject_id": 1, "agency_id": 2, "key": "k"}
    with pytest.raises(ProgrammingError, match="row-level security"):
        write(two, mine, insert(Job).values(**values))


def test_a4_rows_that_come_by_copy_meet_the_wall(two):
    """Written and changed; what nobody says is as the model has it."""
    told = {"round_id": 1, "file_name": "f", "blob_id": "b", "size": 1, "created_by": 1, "reading": {"甲": 1}}
    rows = [{**told, "id": number, "sha256": str(number), "agency_id": 2} for number in (8, 9)]
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction(two, Scope("agency", 1, 1)) as session,
    ):
        copying.write(session, AgencyList, rows)
    with transaction(two, Scope("agency", 2, 2)) as session:
        copying.write(session, AgencyList, rows)
    with transaction(two, Scope("agency", 1, 1)) as session:
        copying.rewrite(session, AgencyList, [{"id": 8, "file_name": "mine"}])
    with transaction(two, Scope("agency", 2, 2)) as session:
        copying.rewrite(session, AgencyList, [{"id": 9, "file_name": "new"}])
        found = {each.id: each for each in session.scalars(select(AgencyList).where(AgencyList.id > 2))}
        assert {number: each.file_name for number, each in found.items()} == {8: "f", 9: "new"}
        assert (found[8].state, found[8].reading) == ("waiting", {"甲": 1})
        assert found[8].created_at is not None


def write(url: str, scope: Scope, statement: object) -> None:
    with transaction(url, scope) as session:
        session.execute(statement)


@pytest.mark.parametrize("garbage", ["", "0", "-1", "1 or true", "'; --", "9" * 30, "一"])
def test_a3_a_setting_that_is_no_number_lets_nothing_through(garbage, two):
    with engine_of(two).begin() as connection:
        connection.execute(text("select set_config('rollcall.scope', 'agency', true)"))
        connection.execute(text("select set_config('rollcall.agency', :said, true)"), {"said": garbage})
        assert connection.execute(text("select count(*) from agency_list")).scalar() == 0


def test_a3_nothing_of_a_scope_stays_on_a_pooled_connection(two):
    engine = create_engine(two, pool_size=1, max_overflow=0)
    with engine.begin() as connection:
        connection.execute(text("select set_config('rollcall.scope', 'all', true)"))
        assert connection.execute(text("select count(*) from agency_list")).scalar() == 2
    with engine.begin() as connection:
        assert connection.execute(text("select current_setting('rollcall.scope', true)")).scalar() == ""
        assert connection.execute(text("select count(*) from agency_list")).scalar() == 0
    engine.dispose()


def test_a2_every_table_with_an_agency_has_a_forced_wall(database):
    walled = policies(Base.metadata)
    assert {"agency_list", "list_issue", "record_chunk", "feed", "job", "account"} <= set(walled)
    with engine_of(database.app_url).connect() as connection:
        forced = dict(connection.execute(text("select relname, relforcerowsecurity from pg_class")).all())
    assert [name for name in walled if not forced[name]] == []


def test_a2_the_service_refuses_to_start_as_owner_or_superuser(database):
    with engine_of(database.app_url).connect() as connection:
        assert_walls(connection, Base.metadata)
    for url, why in ((database.owner_url, "owns"), (database.admin_url, "bypass")):
        engine = create_engine(url)
        with engine.connect() as connection, pytest.raises(StartRefusedError, match=why):
            assert_walls(connection, Base.metadata)
        engine.dispose()


def test_a2_the_service_refuses_to_start_without_a_wall(database):
    engine = create_engine(database.owner_url)
    with engine.begin() as connection:
        connection.execute(text("alter table agency_list no force row level security"))
    engine.dispose()
    with (
        engine_of(database.app_url).connect() as connection,
        pytest.raises(StartRefusedError, match="agency_list"),
    ):
        assert_walls(connection, Base.metadata)

"""G: every act leaves an entry in its own transaction, and the chain tells what was done to it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, event, insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from service.audit.chain import Act, Actor, digest_of, record
from service.audit.models import AuditEntry, AuditHead
from service.audit.verify import Anchor, anchor, verify
from service.db import SYSTEM, transaction

KEY = b"k" * 32


def write(url: str, number: int, first: int = 0) -> None:
    for each in range(first, first + number):
        with transaction(url, SYSTEM) as session:
            record(session, KEY, Actor(7, "chen", 3, "r"), Act("list.upload", "list", each))


BEGINNING = Anchor()


def verdict(url: str, start: Anchor = BEGINNING):
    with transaction(url, SYSTEM) as session:
        return verify(session, KEY, start)


def act_whose_entry_fails(url: str) -> None:
    with transaction(url, SYSTEM) as session:
        session.execute(text("insert into region (code, name) values ('659999', '青禾县')"))
        record(session, KEY, Actor(), Act("agency.edit", detail={"bad": object()}))


def test_g2_an_entry_that_cannot_be_written_undoes_the_act(database):
    with pytest.raises(TypeError):
        act_whose_entry_fails(database.app_url)
    with transaction(database.app_url, SYSTEM) as session:
        assert session.scalar(text("select count(*) from region")) == 0


def test_g3_fifty_writers_make_one_chain_without_fork_or_gap(database):
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda writer: write(database.app_url, 10, writer * 10), range(50)))
    found = verdict(database.app_url)
    assert (found.read, found.wrong, found.last.number) == (500, "", 500)


def run(url: str, statement: str) -> None:
    with transaction(url, SYSTEM) as session:
        session.execute(text(statement))


@pytest.mark.parametrize("statement", ["update audit_entry set actor = 'x'", "delete from audit_entry"])
def test_g3_the_service_may_not_change_an_entry(statement, database):
    write(database.app_url, 1)
    with pytest.raises(ProgrammingError, match="permission denied"):
        run(database.app_url, statement)


TAMPERED = {
    "changed": ("update audit_entry set subject_id = '99' where number = 4", 4),
    "taken out of the middle": ("delete from audit_entry where number = 4", 4),
    "swapped": (
        "update audit_entry set number = case number when 4 then 1005 else 1004 end where number in (4, 5);"
        "update audit_entry set number = number - 1000 where number > 1000",
        4,
    ),
    "put in": (
        "insert into audit_entry (number, at, actor_id, actor, agency, action, subject, subject_id, purpose,"
        " result, request, detail, digest) select 11, at, actor_id, actor, agency, action, subject,"
        " subject_id, purpose, result, request, detail, digest from audit_entry where number = 10",
        11,
    ),
    "tail cut off, head left": ("delete from audit_entry where number > 8", 9),
    "all cut off": ("delete from audit_entry", 1),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_g4_the_chain_finds_what_was_done_to_it(how, database):
    write(database.app_url, 10)
    statement, at = TAMPERED[how]
    tamper(database.admin_url, statement)
    found = verdict(database.app_url)
    assert found.wrong
    assert found.at == at


def tamper(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for each in statements:
            connection.execute(text(each))
    engine.dispose()


def test_g4_an_anchor_finds_a_tail_cut_off_with_its_head(database):
    write(database.app_url, 10)
    with transaction(database.app_url, SYSTEM) as session:
        kept = anchor(session)
        eighth = session.get(AuditEntry, 8).digest
    tamper(
        database.admin_url,
        "delete from audit_entry where number > 8",
        f"update audit_head set number = 8, digest = '\\x{eighth.hex()}'",
    )
    assert not verdict(database.app_url).wrong, "without an anchor it looks whole"
    assert "cut off" in verdict(database.app_url, Anchor.read(str(kept))).wrong


def test_g4_an_anchor_finds_a_chain_made_anew_with_the_key(database):
    write(database.app_url, 6)
    with transaction(database.app_url, SYSTEM) as session:
        kept = anchor(session)
    engine = create_engine(database.admin_url)
    with engine.begin() as connection:
        connection.execute(text("update audit_entry set actor = 'somebody else' where number = 2"))
    engine.dispose()
    rechain(database)
    assert not verdict(database.app_url).wrong
    assert "anew" in verdict(database.app_url, kept).wrong


def rechain(database) -> None:
    with transaction(database.admin_url, SYSTEM) as session:
        before = b""
        for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.number)).all():
            entry.digest = before = digest_of(KEY, before, entry)
        session.execute(select(AuditHead)).scalar_one().digest = before


def test_verify_goes_on_from_an_anchor(database):
    write(database.app_url, 5)
    with transaction(database.app_url, SYSTEM) as session:
        kept = anchor(session)
    write(database.app_url, 3)
    found = verdict(database.app_url, kept)
    assert (found.read, found.wrong) == (3, "")


def long_chain(url: str, entries: int) -> None:
    """So many entries, chained as the service chains them and laid in at once."""
    before, rows = b"", []
    for number in range(1, entries + 1):
        entry = AuditEntry(
            number=number, at=datetime(2026, 9, 1, tzinfo=UTC), actor_id=7, actor="chen", agency=3,
            action="x",
            subject="list", subject_id="1", purpose="", result="done", request="r", detail={},
        )  # fmt: skip
        entry.digest = before = digest_of(KEY, before, entry)
        rows.append({each.name: getattr(entry, each.name) for each in AuditEntry.__table__.columns})
    with transaction(url, SYSTEM) as session:
        session.execute(insert(AuditEntry), rows)
        session.execute(update(AuditHead).values(number=entries, digest=before))


def test_g6_a_long_chain_is_read_in_pieces_and_from_where_one_stopped(database, monkeypatch):
    """Statements grow with the entries and nothing is kept: ten million take what docs/quality.md says."""
    long_chain(database.app_url, 2_000)
    monkeypatch.setattr("service.audit.verify.PIECE", 100)
    held, said = [], []

    def look(read: int) -> None:
        held.append(len(session.identity_map))

    with transaction(database.app_url, SYSTEM) as session:
        event.listen(session.connection(), "before_cursor_execute", lambda *args: said.append(args[2]))
        whole = verify(session, KEY, progress=look)
        middle = session.get(AuditEntry, 1_500)
        rest = verify(session, KEY, Anchor(1_500, middle.digest))
    assert (whole.read, whole.wrong, rest.read, rest.wrong) == (2_000, "", 500, "")
    assert max(held) == 0, "no piece is kept beside the next"
    assert len([each for each in said if "audit_entry" in each]) <= 20 + 5 + 6

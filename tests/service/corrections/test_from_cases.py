"""What approved cases ask for: the right agency, once, withdrawn with the case, followed into the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from service.agencies.models import Agency
from service.cases.assigning import assign
from service.cases.models import Case, Evidence
from service.cases.rules import Result, case_of, move
from service.corrections.tasks import every_minute
from service.privacy.custody import cipher_of
from service.rounds.models import Round
from service.rounds.moves import advance
from tests.service.conftest import Kept
from tests.service.corrections import county
from tests.service.corrections.county import OWN
from tests.service.runs.county import AS_OF, Site

GONE = ("赵明哲", "周静雯")
"""Children of the register who are on no roll: their cases are what the tests decide."""


def verified(site: Site, round_id: int = 1) -> list[int]:
    """The round's cases, opened: by the order of children."""
    with site.acting("officer", "round.move") as (session, who):
        for state in ("matching", "reviewing", "verifying"):
            advance(session, session.get_one(Round, round_id), state, site.settings, who.account_id)
        return list(session.scalars(select(Case.id).where(Case.round_id == round_id).order_by(Case.no)))


def approved(site: Site, number: int, outcome: str, *papers: str) -> None:
    """One case verified with this outcome, and approved by somebody else."""
    cipher = cipher_of(site.settings)
    with site.acting("officer", "case.assign") as (session, who):
        assign(
            session, [case_of(session, number)], session.get_one(Agency, who.agency_id), AS_OF, who, cipher
        )
    with site.acting("officer", "case.verify") as (session, who):
        move(session, case_of(session, number), "accept", who, cipher)
        for paper in papers:
            session.add(Evidence(case_id=number, kind=paper, number="12号", account_id=who.account_id))
        session.flush()
        move(session, case_of(session, number), "submit", who, cipher, result=Result(outcome, "M03"))
    with site.acting("leader", "case.approve") as (session, who):
        move(session, case_of(session, number), "approve", who, cipher)


CASES = {
    "the dead": ("A01", ("死亡证明",), "police", "dead"),
    "nobody there": ("A07", ("村委会证明", "派出所证明"), "police", "nobody"),
    "a wrong number": ("A04", ("户口簿页",), "police", "number_invalid"),
}


@pytest.fixture(scope="module")
def kept_missing(kept_first: Kept, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A second round in which two children of the register are on no roll."""
    site = kept_first.lend()
    lines = [line for line in county.roll().splitlines() if not any(name in line for name in GONE)]
    county.next_round(site, tmp_path_factory.mktemp("missing"), roll="\n".join(lines))
    return Kept(kept_first.servers, site)


@pytest.fixture
def missing(kept_missing: Kept) -> Iterator[Site]:
    """The same, for one test."""
    with kept_missing.lent() as site:
        yield site


def corrections(site: Site, round_id: int = 2) -> list[tuple[str, str, str, int]]:
    return site.rows(
        "select a.kind, c.kind, c.state, c.row from correction c join agency a on a.id = c.agency_id"
        " where case_id is not null and round_id = :round order by c.id",
        round=round_id,
    )


def test_each_outcome_asks_its_owner_once(missing: Site) -> None:
    first, second = verified(missing, 2)[:2]
    for number, name in ((first, "the dead"), (second, "a wrong number")):
        outcome, papers, *_ = CASES[name]
        approved(missing, number, outcome, *papers)
    for _ in range(2):
        every_minute(missing.settings)
    assert [(owner, kind, state) for owner, kind, state, _ in corrections(missing)] == [
        ("police", "dead", "open"),
        ("police", "number_invalid", "open"),
    ]
    assert {row for *_, row in corrections(missing)} == {8, 9}, "where they stand on the register"


def test_what_a_case_asked_for_goes_with_it_and_is_followed_into_the_next_round(
    missing: Site, tmp_path: Path
) -> None:
    first, second = verified(missing, 2)[:2]
    approved(missing, first, "A01", "死亡证明")
    approved(missing, second, "A07", "村委会证明", "派出所证明")
    every_minute(missing.settings)
    assert len(corrections(missing)) == 2
    with missing.acting("leader", "case.approve") as (session, who):
        move(session, case_of(session, second), "reopen", who, cipher_of(missing.settings), note="有人见过")
    every_minute(missing.settings)
    assert [kind for _, kind, *_ in corrections(missing)] == ["dead"]
    third = county.next_round(missing, tmp_path)
    assert [kind for _, kind, *_ in corrections(missing, third)] == ["dead"], "still on the register"
    fourth = county.next_round(
        missing,
        tmp_path,
        household=county.household(without=("马晓东", "赵明哲")),
        roll="\n".join(
            line for line in county.roll().splitlines() if "赵明哲" not in line and OWN["赵明哲"] not in line
        ),
    )
    assert corrections(missing, fourth) == []
    assert missing.one("select gone_run_id from correction where kind = 'dead' and round_id = :r", r=third)

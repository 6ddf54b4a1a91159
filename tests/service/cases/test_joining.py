"""Which known child a row of a run is: named cases, each could lose a child or its history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy.orm import Session

from service.cases.by_hand import look_up
from service.cases.children import Person, Vault, add
from service.cases.joining import join
from service.db import Scope, engine_of, enter
from service.privacy.custody import ensure_keys, store_of
from service.rounds.models import Round
from service.runs.models import Run, RunChild
from tests import factories
from tests.web import settings_of

OWN, SISTER = "659901201503010012", "659901201203010037"
BORN, LATER = date(2015, 3, 1), date(2017, 6, 2)
MISTYPED = "659901201503010013"
"""Fails its check digit: nobody's."""

LAN, MEI = Person("陈晓兰", OWN, BORN), Person("陈晓梅", OWN, BORN)
NEW = -1


@dataclass(frozen=True)
class Named:
    """A case: who is known, who else stands in the run, whom the run could not find, and who they are."""

    name: str
    known: tuple[Person, ...]
    rows: tuple[Person, ...]
    are: tuple[int, ...]
    beside: tuple[Person, ...] = ()


CASES = (
    Named("the same child again", (LAN,), (LAN,), (0,)),
    Named("two under one number keep to their histories", (LAN, MEI), (LAN, MEI), (0, 1)),
    Named("and in another order", (LAN, MEI), (MEI, LAN), (1, 0)),
    Named("one of the two comes again", (LAN, MEI), (MEI,), (1,)),
    Named("a twin under the number is another", (LAN,), (MEI,), (NEW,)),
    Named("a sister's number is no proof", (Person("陈晓梅", SISTER, date(2012, 3, 1)),),
          (Person("陈晓美", SISTER, BORN),), (NEW,)),
    Named("the name was written with another character", (LAN,), (Person("陈小兰", OWN, BORN),), (0,)),
    Named("who stands in the run herself is not her twin", (LAN,),
          (Person("陈晓岚", OWN, BORN),), (NEW,), (LAN,)),
    Named("two claim the number of one who is gone", (LAN,),
          (Person("陈晓岚", OWN, BORN), Person("陈小兰", OWN, BORN)), (NEW, NEW)),
    Named("without a number on either side", (Person("陈晓兰", "", BORN),),
          (Person("陈晓兰", "", BORN),), (0,)),
    Named("two namesakes without a number", (Person("陈晓兰", "", BORN),),
          (Person("陈晓兰", "", BORN), Person("陈晓兰", "", BORN)), (NEW, NEW)),
    Named("a namesake of one who is at school", (LAN,), (Person("陈晓兰", "", BORN),), (NEW,), (LAN,)),
    Named("two numbers that are right are two children", (LAN,),
          (Person("陈晓兰", "659901201503010127", BORN),), (NEW,)),
    Named("a number that was put right", (Person("陈晓兰", MISTYPED, BORN),), (LAN,), (0,)),
    Named("which of two namesakes nobody can say",
          (Person("陈晓兰", "", BORN), Person("陈晓兰", MISTYPED, BORN)), (LAN,), (NEW,)),
    Named("only the name is the same", (LAN,), (Person("陈晓兰", "", LATER),), (NEW,)),
)  # fmt: skip


@pytest.fixture(scope="module")
def vault(module_database) -> Vault:
    settings = settings_of(module_database)
    session = Session(engine_of(settings.database_url))
    enter(session, Scope("system"))
    ensure_keys(session, store_of(settings), settings.crypto_profile)
    session.commit()
    return Vault.of(settings)


@pytest.fixture
def session(module_database, vault) -> Iterator[Session]:
    """A transaction that is undone."""
    with Session(engine_of(module_database.app_url)) as opened:
        enter(opened, Scope("system"))
        by = factories.account(opened, "officer")
        opened.flush()
        enter(opened, Scope("all"))
        told = {"name": "2026年秋", "region_code": factories.COUNTY, "school_year": 2026, "version": 1}
        opened.add(Round(id=1, as_of=date(2026, 9, 1), created_by=by.id, **told))
        opened.flush()
        opened.add(
            Run(id=1, round_id=1, no=1, lists=[], created_by=by.id, finished_at=by.password_changed_at)
        )
        opened.flush()
        yield opened
        opened.rollback()


def stand(session: Session, vault: Vault, persons: tuple[Person, ...]) -> None:
    """Let persons stand in the run, numbered from 1."""
    plain = {"region_code": factories.COUNTY, "township": "", "name": b"", "id_number": b"", "sex": ""}
    plain |= {"probability": 1.0, "rule": "", "school": "", "groups": [], "part": 1}
    for no, keys in enumerate(vault.keys(persons), 1):
        found = {"enrolment": "enrolled", "attendance": "attending"}
        session.add(RunChild(run_id=1, no=no, **plain, **found, **keys))
    session.flush()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_a_row_is(case: Named, session, vault) -> None:
    known = add(session, vault, case.known, vault.keys(case.known))
    stand(session, vault, (*case.rows, *case.beside))
    found = join(session, vault, 1, list(enumerate(case.rows, 1)))
    assert len({child.id for child in found}) == len(case.rows), "two rows were made one child"
    ids = [child.id for child in known]
    assert tuple(ids.index(child.id) if child.id in ids else NEW for child in found) == case.are
    for child, row in zip(found, case.rows, strict=True):
        if child.id not in ids:
            assert vault.person(child).name == row.name


def test_who_enters_a_child_by_hand_sees_all_that_share_its_number(session, vault) -> None:
    known = add(session, vault, [LAN, MEI], vault.keys([LAN, MEI]))
    found = look_up(session, vault, session.get_one(Round, 1), MEI)
    assert [each.child_id for each in found] == [child.id for child in known]

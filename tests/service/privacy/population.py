"""A database with encrypted children, lists and requests in it, for tests of keys and of masks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from schemas.fields import resident_id
from service.accounts.models import Account, AccountRole
from service.agencies.models import Agency, Region
from service.db import SYSTEM, transaction
from service.privacy import custody
from service.privacy.blind_index import BlindIndex
from service.privacy.blobs import BlobStore
from service.privacy.crypto import FieldCipher
from service.privacy.keys import KeyRing
from service.privacy.keystore import LocalKeyStore
from service.privacy.registry import row_id
from service.privacy.rotation import Rotation
from service.rounds.models import Round
from service.runs.models import Run, RunChild, RunDetail
from tests.service.privacy.keyrings import MASTER

STORE = LocalKeyStore(MASTER)
REGION = "659901"


def number_of(at: int) -> str:
    """A made-up resident number of a region that does not exist."""
    first = f"{REGION}2015{1 + at // 28 % 12:02}{1 + at % 28:02}{at % 1000:03}"
    return first + resident_id.check_digit(first)


class Population:
    """What the tests ask of one database."""

    def __init__(self, url: str, folder, profile: str = "aes", max_age: float = 0) -> None:  # type: ignore[no-untyped-def]
        self.url, self.profile, self.folder, self.max_age = url, profile, folder, max_age
        with self.session() as session:
            custody.ensure_keys(session, STORE, profile)
        self.ring = self.new_ring()
        self.cipher = FieldCipher(self.ring)
        self.blobs = BlobStore(folder, self.ring)

    @contextmanager
    def session(self) -> Iterator[Session]:
        with transaction(self.url, SYSTEM) as session:
            yield session

    def new_ring(self) -> KeyRing:
        def load():  # type: ignore[no-untyped-def]
            with self.session() as session:
                return custody.rows(session)

        return KeyRing(load, STORE, max_age=self.max_age)

    def rotation(self, patience: float = -1) -> Rotation:
        return Rotation(self.url, self.ring, self.blobs, patience)

    def people(self) -> dict[str, int]:
        """Two agencies, and an account of each role; name -> id."""
        with self.session() as session:
            session.add(Region(code=REGION, name="模拟县"))
            session.flush()
            agencies = [
                Agency(kind=kind, name=f"模拟{kind}", region_code=REGION)
                for kind in ("education", "township")
            ]
            session.add_all(agencies)
            session.flush()
            accounts = {
                name: Account(
                    agency_id=agencies[at].id, login=name, name=name, roles=[AccountRole(role=role)]
                )
                for name, at, role in (
                    ("officer", 0, "officer"),
                    ("second", 0, "officer"),
                    ("leader", 0, "leader"),
                    ("verifier", 1, "verifier"),
                    ("auditor", 0, "auditor"),
                )
            }
            session.add_all(accounts.values())
            session.flush()
            return {name: account.id for name, account in accounts.items()}

    def run(self, officer: int) -> int:
        """An empty run; its id."""
        with self.session() as session:
            opened = Round(
                name="2026年第三季度",
                region_code=REGION,
                as_of=date(2026, 9, 1),
                school_year=2026,
                created_by=officer,
            )
            session.add(opened)
            session.flush()
            run = Run(round_id=opened.id, no=1, lists=[], created_by=officer)
            session.add(run)
            session.flush()
            return run.id

    def add_children(self, run: int, first: int, count: int, ring: KeyRing | None = None) -> None:
        """Children ``first`` to ``first + count - 1``, as a run would write them; the fifth has no number."""
        ring = ring or self.ring
        cipher = FieldCipher(ring)
        numbers = range(first, first + count)
        ids = [row_id(run, no) for no in numbers]
        known = ["" if no % 5 == 0 else number_of(no) for no in numbers]
        names, days = [name_of(no) for no in numbers], [day_of(no) for no in numbers]
        sealed = cipher.encrypt_many(names, "run_child", "name", ids, REGION)
        sealed_numbers = cipher.encrypt_many(known, "run_child", "id_number", ids, REGION)
        by_number = BlindIndex(ring, "id_number").columns(known)
        by_name = BlindIndex(ring, "name_birth").columns(names, days)
        by_child = BlindIndex(ring, "child").columns(known, names, days)
        none = [None] * count
        with self.session() as session:
            session.add_all(
                RunChild(
                    run_id=run,
                    no=no,
                    key=by_child.get(0, none)[at],
                    key_2=by_child.get(1, none)[at],
                    region_code=REGION,
                    township="模拟镇",
                    name=sealed[at],
                    id_number=sealed_numbers[at],
                    id_index=by_number.get(0, none)[at],
                    id_index_2=by_number.get(1, none)[at],
                    name_birth_index=by_name.get(0, none)[at],
                    name_birth_index_2=by_name.get(1, none)[at],
                    birth_date=date.fromisoformat(days[at]),
                    sex="女",
                    enrolment="review",
                    attendance="unknown",
                    probability=0.5,
                    rule="",
                    school="",
                    groups=[],
                    part=0,
                )
                for at, no in enumerate(numbers)
            )
            place = ("run_detail", "data", row_id(run, first), REGION)
            session.add(
                RunDetail(
                    run_id=run,
                    part=first,
                    region_code=REGION,
                    count=count,
                    data=cipher.seal(b"detail", *place),
                )
            )

    def read(self, run: int) -> dict[int, tuple[str, str]]:
        """Number -> (name, identity number) of every child, decrypted with the keys as they are now."""
        with self.session() as session:
            rows = session.query(RunChild).filter_by(run_id=run).order_by(RunChild.no).all()
        ids = [row_id(run, row.no) for row in rows]
        names = self.cipher.decrypt_many([row.name for row in rows], "run_child", "name", ids, REGION)
        numbers = self.cipher.decrypt_many(
            [row.id_number for row in rows], "run_child", "id_number", ids, REGION
        )
        return {row.no: (name, number) for row, name, number in zip(rows, names, numbers, strict=True)}

    def found(self, run: int, purpose: str, column: str, *raw: str) -> list[int]:
        """The numbers of the children that a look-up finds, in the column that is active now."""
        slot, value = BlindIndex(self.ring, purpose).sought(*raw)
        with self.session() as session:
            wanted = RunChild.__table__.c[column + ("_2" if slot else "")]
            return [row.no for row in session.query(RunChild).filter(RunChild.run_id == run, wanted == value)]

    def states(self) -> dict[int, str]:
        with self.session() as session:
            return dict(session.execute(text("select id, state from data_key order by id")).all())  # type: ignore[arg-type]


def name_of(no: int) -> str:
    return (
        "赵钱孙李周吴郑王"[no % 8] + "子轩浩宇梓涵雨欣一诺"[no % 10] + "子轩浩宇梓涵雨欣一诺"[no // 10 % 10]
    )


def day_of(no: int) -> str:
    return f"2015-{1 + no % 12:02}-{1 + no % 28:02}"

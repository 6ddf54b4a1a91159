"""The people of a made-up county at work: each act in its own transaction, behind the walls that it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.accounts.identity import Identity
from service.accounts.models import Account, AccountRole
from service.accounts.sessions import identity_of
from service.agencies.models import Agency
from service.audit.chain import Act, record
from service.cases.children import Vault
from service.config import Settings
from service.db import SYSTEM, transaction


class Actors:
    """Who acts in the service of these settings; ``vault`` opens and seals what they see and write."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.vault = settings, Vault.of(settings)
        self._people: dict[str, Identity] = {}

    @contextmanager
    def acting(self, login: str, action: str) -> Iterator[tuple[Session, Identity]]:
        """A transaction in which somebody does an action, with its entry in the audit."""
        who = self._people.get(login)
        if who is None:
            with transaction(self.settings.database_url, SYSTEM) as session:
                who = identity_of(session.scalars(select(Account).where(Account.login == login)).one())
            assert who is not None
            self._people[login] = who
        with transaction(self.settings.database_url, who.scope(action)) as session:
            yield session, who
            record(session, self.settings.key("audit_key"), who.actor(), Act(action, "demo"))

    def agency(self, kind: str) -> int:
        """The county's agency of a kind."""
        with transaction(self.settings.database_url, SYSTEM) as session:
            found = select(Agency.id).where(Agency.kind == kind).order_by(Agency.id).limit(1)
            return session.scalars(found).one()

    def clerks(self) -> Sequence[tuple[str, int]]:
        """(login, agency) of all who answer for an agency's lists; for the bureau's own the officer."""
        query = select(Account.login, Account.agency_id).join(AccountRole)
        with transaction(self.settings.database_url, SYSTEM) as session:
            found = session.execute(query.where(AccountRole.role.in_(("clerk", "officer")))).all()
        return sorted((login, agency) for login, agency in found)

    def verifiers(self) -> Sequence[tuple[str, int]]:
        """(login, agency) of all who verify: the townships, and the officer for what lies in none."""
        query = select(Account.login, Account.agency_id).join(Agency, Agency.id == Account.agency_id)
        with transaction(self.settings.database_url, SYSTEM) as session:
            found = session.execute(query.where(Agency.kind == "township").order_by(Account.login)).all()
            bureau = session.execute(query.where(Account.login == "officer")).all()
        return [(login, agency) for login, agency in (*found, *bureau)]

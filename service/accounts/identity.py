"""Who is signed in, and what that person may do: fixed for one request."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.permission import ROLES, Reach, reach_of
from service.audit.chain import Actor
from service.db import Scope
from service.errors import ForbiddenError


@dataclass(frozen=True, slots=True)
class Identity:
    """A person, or a machine that acts for one.

    Attributes:
        roles: names of ``schemas.permission.ROLES``. region_code: of the agency. machine: came by an API key,
            whose ``actions`` narrow what the roles give; None for all.
    """

    account_id: int
    login: str
    name: str
    agency_id: int
    agency_name: str
    agency_kind: str
    region_code: str
    roles: frozenset[str]
    language: str = "zh"
    machine: bool = False
    actions: frozenset[str] | None = None

    @property
    def role(self) -> str:
        """What the person is here, in Chinese."""
        return "、".join(label.label for name, label in ROLES.items() if name in self.roles)

    @property
    def agency(self) -> str:
        """The name of the agency."""
        return self.agency_name

    def reach(self, action: str) -> Reach | None:
        """How far this person reaches in an action; None where it is denied."""
        if self.actions is not None and action not in self.actions:
            return None
        return reach_of(self.roles, action, self.agency_kind)

    def may(self, action: str) -> bool:
        """Whether the action is allowed at all."""
        return self.reach(action) is not None

    def scope(self, action: str) -> Scope:
        """The rows that the action may touch.

        Raises:
            ForbiddenError: it is denied.
        """
        reach = self.reach(action)
        if reach is None:
            raise ForbiddenError("您没有这项权限。如工作需要，请联系安全管理员授予相应角色。")
        kind = {"all": "all", "region": "region", "own": "agency"}[reach]
        return Scope(kind, self.account_id, self.agency_id, self.region_code)

    def actor(self, request: str = "") -> Actor:
        """This person, for the audit."""
        return Actor(self.account_id, self.login, self.agency_id, request)

"""For programs: who a key stands for, and the keys of its person."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import DateTime, Integer, List, String
from apiflask.validators import Length, Range
from flask_wtf.csrf import generate_csrf

from schemas.permission import ACTIONS
from service.accounts import api_keys
from service.accounts.guard import audit, db, identity, needs
from service.accounts.models import ApiKey
from service.errors import ForbiddenError

api = APIBlueprint("accounts_api", __name__, url_prefix="/api/v1", tag="accounts")


class MeOut(Schema):
    """Who asks."""

    login = String(required=True)
    name = String(required=True)
    agency = String(required=True)
    roles = List(String(), required=True)
    actions = List(String(), required=True, metadata={"description": "what this key may do"})
    token = String(
        required=True,
        metadata={"description": "to send as X-CSRFToken with what changes something; empty for a key"},
    )


class KeyIn(Schema):
    """A key to be made."""

    name = String(required=True, validate=Length(1, 60))
    actions = List(String(validate=Length(1, 40)), required=True, validate=Length(1, 30))
    days = Integer(load_default=90, validate=Range(1, api_keys.LONGEST_DAYS), strict=True)


class KeyOut(Schema):
    """A key, without its secret."""

    id = Integer(required=True)
    name = String(required=True)
    prefix = String(required=True)
    actions = List(String(), required=True)
    created_at = DateTime(required=True)
    expires_at = DateTime(required=True)
    used_at = DateTime(required=True, allow_none=True)
    revoked_at = DateTime(required=True, allow_none=True)


class KeyMadeOut(KeyOut):
    """A key with its secret, which is never shown again."""

    key = String(required=True)


@api.get("/me")
@needs("self.use")
@api.output(MeOut)
@api.doc(summary="Who this key stands for")
def me() -> dict[str, Any]:
    """Who asks, and what that person may do."""
    who = identity()
    return {
        "login": who.login,
        "name": who.name,
        "agency": who.agency_name,
        "roles": sorted(who.roles),
        "actions": [action for action in ACTIONS if who.may(action)],
        "token": "" if who.machine else generate_csrf(),
    }


@api.get("/keys")
@needs("api_key.use")
@api.output(KeyOut(many=True))
@api.doc(summary="The keys of the person")
def keys() -> list[ApiKey]:
    """The keys of the person, the newest first."""
    return api_keys.of_account(db(), identity().account_id)


@api.post("/keys")
@needs("api_key.use")
@api.input(KeyIn, arg_name="wanted")
@api.output(KeyMadeOut, status_code=201)
@api.doc(summary="Make a key (only a signed-in person, not a key)")
def make_key(wanted: dict[str, Any]) -> dict[str, Any]:
    """Make a key; a key makes no keys, or it would never end."""
    who = identity()
    if who.machine:
        raise ForbiddenError("密钥不能再生成密钥，请登录后在“我的账号”里生成。")
    key, text = api_keys.make(db(), who, wanted["name"], wanted["actions"], wanted["days"])
    audit(
        "api_key.make",
        "api_key",
        key.id,
        actions=list(key.actions),
        expires=key.expires_at.date().isoformat(),
    )
    db().refresh(key)
    return {**{name: getattr(key, name) for name in KeyOut().fields}, "key": text}


@api.delete("/keys/<int:key_id>")
@needs("api_key.use")
@api.output({}, status_code=204)
@api.doc(summary="Revoke a key")
def revoke_key(key_id: int) -> str:
    """Make a key of the person useless."""
    key = api_keys.revoke(db(), identity().account_id, key_id)
    audit("api_key.revoke", "api_key", key.id)
    return ""

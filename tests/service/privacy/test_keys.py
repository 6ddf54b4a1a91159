"""The ring of keys: read once, renewed when old, each key for one purpose (C2, C3, C5)."""

from __future__ import annotations

import logging
from io import StringIO

import pytest

from service.privacy.ciphers import PROFILES, SM, TamperedError
from service.privacy.keys import DESTROYED, DRAINING, NEXT, KeyAbsentError, KeyUnknownError, context_of
from service.privacy.keystore import LocalKeyStore
from tests.service.privacy.keyrings import MASTER, Table


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_a_wrapped_key_opens_with_its_master_and_purpose_only(profile) -> None:  # type: ignore[no-untyped-def]
    store = LocalKeyStore(MASTER)
    wrapped = store.wrap(profile, b"k" * 32, "field/")
    assert b"k" * 8 not in wrapped
    assert store.unwrap(profile, wrapped, "field/") == b"k" * 32
    wrong = [
        (LocalKeyStore(b"\1" * 32), wrapped, "field/"),
        (store, wrapped, "blob/"),
        (store, wrapped[:-1], "field/"),
        (store, b"\2" + wrapped[1:], "field/"),
        (store, b"", "field/"),
    ]
    for each, given, context in wrong:
        with pytest.raises(TamperedError):
            each.unwrap(profile, given, context)


def test_a_master_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        LocalKeyStore(b"short")


def test_purposes_and_scopes_cannot_be_mixed_up() -> None:
    assert context_of("field", "2026") != context_of("field/2026", "")[: len("field/2026")] + "x"
    table = Table()
    table.set(1, purpose="blob")
    with pytest.raises(TamperedError):
        table.ring().by_id(1)


def test_the_table_is_read_once_and_again_when_old() -> None:
    table, now = Table(), [0.0]
    ring = table.ring(clock=lambda: now[0])
    for _ in range(5):
        ring.current("field")
        ring.by_id(1)
    assert table.reads == 1
    newer = table.add("field", "sm")
    now[0] = 60
    assert ring.current("field").id == 1
    now[0] = 60.1
    assert ring.current("field").id == newer
    assert table.reads == 2


def test_a_key_that_another_process_just_made_is_found_at_once() -> None:
    table = Table()
    ring = table.ring()
    ring.current("field")
    newer = table.add("field", "sm")
    assert ring.by_id(newer).profile is SM
    assert ring.current("field").id == newer


def test_states_say_what_a_key_may_still_do() -> None:
    table = Table()
    newer = table.add("field", "aes")
    table.set(1, state=DRAINING)
    ring = table.ring(max_age=0)
    assert ring.current("field").id == newer
    assert ring.by_id(1).state == DRAINING
    table.set(1, state=DESTROYED, wrapped=b"")
    with pytest.raises(KeyAbsentError, match="销毁"):
        ring.by_id(1)
    with pytest.raises(KeyUnknownError):
        ring.by_id(99)
    with pytest.raises(KeyAbsentError, match="rollcall keys init"):
        ring.current("field", "2030")


def test_an_unknown_algorithm_is_a_changed_table() -> None:
    table = Table()
    table.set(1, profile="none")
    with pytest.raises(TamperedError, match="算法"):
        table.ring().by_id(1)


def test_two_slots_of_an_index_are_written_while_its_key_changes() -> None:
    table = Table()
    first = 3
    newer = table.add("index.id_number", "aes", NEXT, slot=1)
    ring = table.ring(max_age=0)
    assert {slot: key.id for slot, key in ring.written("index.id_number").items()} == {0: first, 1: newer}
    assert ring.current("index.id_number").id == first
    table.set(first, state=DRAINING)
    table.set(newer, state="active")
    assert ring.current("index.id_number").id == newer
    assert set(ring.written("index.id_number")) == {0, 1}


def test_a_log_of_everything_about_keys_shows_none() -> None:
    table = Table()
    ring = table.ring()
    key = ring.current("field")
    stream = StringIO()
    logger = logging.Logger("keys")
    logger.addHandler(logging.StreamHandler(stream))
    logger.error("%r %s %r %r %r", key, key, ring, table.store, key.sealer())
    shown = stream.getvalue()
    for secret in (key.secret.reveal(), MASTER):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown

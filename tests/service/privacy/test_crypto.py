"""A field opens where it was written and nowhere else (C1, C4)."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.privacy.ciphers import PROFILES, TamperedError
from service.privacy.crypto import BLOCK, HEADER, FieldCipher
from service.privacy.keys import DESTROYED, RETIRED, KeyAbsentError
from service.privacy.keystore import LocalKeyStore
from tests.service.privacy.keyrings import Table

NUMBER = "659901201503180019"


@pytest.fixture(params=list(PROFILES))
def table(request: pytest.FixtureRequest) -> Table:
    return Table(request.param)


@pytest.fixture
def cipher(table: Table) -> FieldCipher:
    return FieldCipher(table.ring())


TABLES = {profile: FieldCipher(Table(profile).ring()) for profile in PROFILES}


@pytest.mark.parametrize("profile", PROFILES)
@given(texts=st.lists(st.text(max_size=200), max_size=8), agency=st.integers(1, 10**9) | st.text(max_size=9))
def test_any_text_comes_back(profile: str, texts: Sequence[str], agency: str | int) -> None:
    cipher, rows = TABLES[profile], list(range(len(texts)))
    sealed = cipher.encrypt_many(texts, "child", "name", rows, agency)
    assert cipher.decrypt_many(sealed, "child", "name", rows, agency) == texts


MOVED = {
    "another table": ("record", "name", 7, 3),
    "another column": ("child", "phone", 7, 3),
    "another row": ("child", "name", 8, 3),
    "another agency": ("child", "name", 7, 4),
    "the same bytes cut elsewhere": ("childn", "ame", 7, 3),
    "agency and row run together": ("child", "name", "", 37),
}


@pytest.mark.parametrize("place", MOVED.values(), ids=list(MOVED))
def test_moved_it_does_not_open(cipher: FieldCipher, place: tuple[str, str, object, int]) -> None:
    sealed = cipher.encrypt("张小雨", "child", "name", 7, 3)
    with pytest.raises(TamperedError) as refused:
        cipher.decrypt(sealed, *place)
    assert refused.value.__cause__ is None
    assert f"{place[0]}.{place[1]} 第 {place[2]} 行" in str(refused.value)
    assert "张" not in str(refused.value)


def test_no_bit_can_change_and_no_byte_be_missing(cipher: FieldCipher) -> None:
    sealed = cipher.encrypt(NUMBER, "child", "id_number", 7, 3)
    changed = [
        sealed[:at] + bytes([sealed[at] ^ 1 << bit]) + sealed[at + 1 :]
        for at in range(len(sealed))
        for bit in range(8)
    ]
    cut = [sealed[:length] for length in range(len(sealed))]
    for wrong in [*changed, *cut, sealed + b"\0", b"\0" * len(sealed)]:
        with pytest.raises(TamperedError):
            cipher.decrypt(wrong, "child", "id_number", 7, 3)
        # Behind a good value of the same key, where everything is set up already.
        with pytest.raises(TamperedError):
            cipher.decrypt_many([sealed, wrong], "child", "id_number", [7, 7], 3)


def test_of_another_key_it_does_not_open(table: Table, cipher: FieldCipher) -> None:
    sealed = cipher.encrypt(NUMBER, "child", "id_number", 7, 3)
    other = Table(table.rows[1].profile)
    with pytest.raises(TamperedError):
        FieldCipher(other.ring()).decrypt(sealed, "child", "id_number", 7, 3)


def test_a_key_of_another_purpose_opens_no_field(table: Table, cipher: FieldCipher) -> None:
    sealed = cipher.encrypt(NUMBER, "child", "id_number", 7, 3)
    version, code, _ = HEADER.unpack_from(sealed)
    renamed = HEADER.pack(version, code, 2) + sealed[HEADER.size :]
    with pytest.raises(TamperedError):
        cipher.decrypt(renamed, "child", "id_number", 7, 3)


def test_equal_values_are_unlike_and_lengths_tell_nothing(cipher: FieldCipher) -> None:
    texts = ["", "", NUMBER, NUMBER, "张三", "阿依古丽·买买提"]
    sealed = cipher.encrypt_many(texts, "child", "name", [1] * len(texts), 3)
    assert len(set(sealed)) == len(texts)
    assert {len(value) for value in sealed} == {HEADER.size + 12 + BLOCK + 16}
    assert all(text.encode() not in value for text, value in zip(texts, sealed, strict=True) if text)


def test_what_was_erased_is_empty(cipher: FieldCipher) -> None:
    assert cipher.decrypt_many([None, None], "child", "name", [1, 2], 3) == ["", ""]


def test_agencies_may_differ_by_row(cipher: FieldCipher) -> None:
    sealed = cipher.encrypt_many(["甲", "乙"], "child", "name", [1, 2], [3, 4])
    assert cipher.decrypt_many(sealed, "child", "name", [1, 2], [3, 4]) == ["甲", "乙"]
    assert cipher.decrypt(sealed[1], "child", "name", 2, 4) == "乙"
    with pytest.raises(TamperedError):
        cipher.decrypt_many(sealed, "child", "name", [1, 2], [4, 3])


@pytest.mark.parametrize("rows", [[1], [1, 2, 3]], ids=["fewer rows", "more rows"])
def test_columns_of_unlike_length_are_refused(cipher: FieldCipher, rows: list[int]) -> None:
    with pytest.raises(ValueError, match="zip"):
        cipher.encrypt_many(["甲", "乙"], "child", "name", rows, 3)
    with pytest.raises(ValueError, match="zip"):
        cipher.decrypt_many([None, None], "child", "name", rows, 3)


def test_a_database_may_hold_both_profiles() -> None:
    """C4: the profile was changed; what was written before still reads."""
    table = Table("aes")
    ring = table.ring(max_age=0)
    cipher = FieldCipher(ring)
    before = cipher.encrypt("张三", "child", "name", 1, 3)
    table.set(1, state="draining")
    table.add("field", "sm")
    after = cipher.encrypt("李四", "child", "name", 2, 3)
    assert (before[1], after[1]) == (1, 2)
    assert cipher.decrypt_many([before, after], "child", "name", [1, 2], 3) == ["张三", "李四"]


def test_scopes_have_keys_of_their_own_and_a_destroyed_one_is_unreadable() -> None:
    """C7: the key of a school year is destroyed, and that year cannot be read any more."""
    table = Table()
    old = table.add("field", "aes", scope="2025")
    table.add("field", "aes", scope="2026")
    ring = table.ring(max_age=0)
    before, after = (
        FieldCipher(ring, year).encrypt("张三", "child", "name", 1, 3) for year in ("2025", "2026")
    )
    table.set(old, state=RETIRED)
    assert FieldCipher(ring).decrypt(before, "child", "name", 1, 3) == "张三"
    table.set(old, state=DESTROYED, wrapped=b"")
    with pytest.raises(KeyAbsentError, match="已按规定销毁"):
        FieldCipher(ring).decrypt(before, "child", "name", 1, 3)
    assert FieldCipher(ring).decrypt(after, "child", "name", 1, 3) == "张三"


def test_another_master_key_opens_nothing(table: Table, cipher: FieldCipher) -> None:
    sealed = cipher.encrypt("张三", "child", "name", 1, 3)
    table.store = LocalKeyStore(b"\1" * 32)
    with pytest.raises(TamperedError, match="ROLLCALL_MASTER_KEY"):
        FieldCipher(table.ring()).decrypt(sealed, "child", "name", 1, 3)


def test_nonces_of_a_long_column_never_repeat_and_it_takes_seconds(table: Table, cipher: FieldCipher) -> None:
    """C1 asks for a million, docs/security.md has its time; here a tenth, and a bound for slow machines."""
    count = 100_000
    texts = [f"659901{at:012}" for at in range(count)]
    began = time.process_time()
    sealed = cipher.encrypt_many(texts, "child", "id_number", range(count), 3)
    assert cipher.decrypt_many(sealed, "child", "id_number", range(count), 3) == texts
    assert time.process_time() - began < 15
    assert len({value[HEADER.size : HEADER.size + 12] for value in sealed}) == count


@pytest.mark.parametrize("profile", PROFILES)
@given(data=st.binary(max_size=300))
def test_any_bytes_come_back(profile: str, data: bytes) -> None:
    cipher = TABLES[profile]
    sealed = cipher.seal(data, "run_detail", "data", "7/1", "659901")
    assert cipher.unseal(sealed, "run_detail", "data", "7/1", "659901") == data
    with pytest.raises(TamperedError):
        cipher.unseal(sealed, "run_detail", "data", "7/2", "659901")

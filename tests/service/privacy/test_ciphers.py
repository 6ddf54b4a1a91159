"""Known answers: the standards' own examples, and those of others who implemented them."""

from __future__ import annotations

import pickle
import traceback

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from service.privacy.ciphers import AES, BY_CODE, PROFILES, SM, Profile, Secret

KEY = "0123456789abcdeffedcba9876543210"


def _sm4_block(key: str, plain: bytes) -> bytes:
    context = Cipher(algorithms.SM4(bytes.fromhex(key)), modes.ECB()).encryptor()
    return context.update(plain) + context.finalize()


def test_sm4_by_the_example_of_gb_t_32907() -> None:
    assert _sm4_block(KEY, bytes.fromhex(KEY)).hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_by_the_second_example_a_million_times() -> None:
    """GB/T 32907-2016, A.2: encrypted 1,000,000 times under the same key. One context serves for all."""
    context = Cipher(algorithms.SM4(bytes.fromhex(KEY)), modes.ECB()).encryptor()
    block = bytes.fromhex(KEY)
    for _ in range(1_000_000):
        block = context.update(block)
    assert block.hex() == "595298c7c6fd271f0402f804c33d3f66"


# RFC 8998, A.2 (SM4-GCM); the test case 16 of the GCM submission (AES-256-GCM).
GCM = {
    "SM4-GCM, RFC 8998 A.2": (
        SM,
        "0123456789abcdeffedcba9876543210",
        "00001234567800000000abcd",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d",
        "83de3541e4c2b58177e065a9bf7b62ec",
    ),
    "AES-256-GCM, case 16": (
        AES,
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
}


@pytest.mark.parametrize("case", GCM.values(), ids=list(GCM))
def test_authenticated_encryption(case: tuple[Profile, str, str, str, str, str, str]) -> None:
    profile, key, nonce, associated, plain, sealed, tag = case
    sealer = profile.sealer(bytes.fromhex(key))
    given = bytes.fromhex(nonce), bytes.fromhex(plain), bytes.fromhex(associated)
    assert sealer.seal(*given).hex() == sealed + tag
    assert sealer.open(given[0], bytes.fromhex(sealed + tag), given[2]) == given[1]


# RFC 4231, case 2; SM3 of GB/T 32905, example 1; HMAC-SM3 of GM/T 0042, example 3.
def test_hmac_sha256_by_rfc_4231() -> None:
    mac = AES.mac(b"Jefe")
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert mac(b"what do ya want for nothing?").hex() == expected
    assert mac(b"another")[:4] != bytes.fromhex(expected)[:4]
    assert mac(b"what do ya want for nothing?").hex() == expected, "one message leaves nothing for the next"


def test_sm3_by_the_example_of_gb_t_32905() -> None:
    from cryptography.hazmat.primitives.hashes import Hash

    digest = Hash(SM.digest())
    digest.update(b"abc")
    assert digest.finalize().hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@pytest.mark.parametrize("message", [b"", b"abc", b"\xe5\xbc\xa0" * 100], ids=["empty", "short", "long"])
def test_hmac_sm3_by_its_definition(message: bytes) -> None:
    """RFC 2104 with the digest alone: H(k xor 5c.. | H(k xor 36.. | message))."""
    from cryptography.hazmat.primitives.hashes import Hash

    def sm3(text: bytes) -> bytes:
        digest = Hash(SM.digest())
        digest.update(text)
        return digest.finalize()

    key = bytes(range(1, 33))
    padded = key.ljust(64, b"\0")
    inner = sm3(bytes(byte ^ 0x36 for byte in padded) + message)
    assert SM.mac(key)(message) == sm3(bytes(byte ^ 0x5C for byte in padded) + inner)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_what_does_not_fit_is_refused(profile: Profile) -> None:
    sealer = profile.sealer(bytes(profile.key_bytes))
    nonce = bytes(12)
    sealed = sealer.seal(nonce, b"value", b"place")
    wrong = {
        "another place": (nonce, sealed, b"other"),
        "another nonce": (bytes(11) + b"\1", sealed, b"place"),
        "cut": (nonce, sealed[:-1], b"place"),
        "shorter than a tag": (nonce, sealed[:15], b"place"),
        "empty": (nonce, b"", b"place"),
    }
    for given in wrong.values():
        with pytest.raises(InvalidTag):
            sealer.open(*given)


def test_profiles_have_their_own_codes_and_derive_unlike_keys() -> None:
    assert len(BY_CODE) == len(PROFILES)
    assert {profile.key_bytes for profile in (AES,)} == {32}
    assert SM.key_bytes == 16
    derived = {
        profile.derive(bytes(32), salt, info)
        for profile in (AES, SM)
        for salt in (b"", b"1")
        for info in (b"a", b"b")
    }
    assert len(derived) == 8


def test_a_secret_shows_itself_to_nobody_who_does_not_ask() -> None:
    secret = Secret(b"the key itself")
    assert "key itself" not in repr(secret) + str(secret) + f"{secret}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        hash(secret)
    assert secret == Secret(b"the key itself")
    assert secret != Secret(b"another one")
    try:
        _ = {}[secret.reveal()[:0]], secret
    except KeyError as error:
        lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
        assert "key itself" not in "".join(lines)

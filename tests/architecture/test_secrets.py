"""C2, D8: nothing personal is hashed without a key, and no secret is compared so that time tells it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import modules, name_of, nodes_of

HASHES = {
    "hashlib",
    "zlib.crc32",
    "zlib.adler32",
    "binascii.crc32",
    "xxhash",
    "cryptography.hazmat.primitives.hashes",
}
HASHERS = {"hash_array", "hash_pandas_object", "crc32", "adler32"}
WORDS = [
    "digest",
    "secret",
    "password",
    "token",
    "mac",
    "hmac",
    "signature",
    "otp",
    "nonce",
    "hash",
    "sealed",
]
SECRET = re.compile(rf"(^|_)({'|'.join(WORDS)})(_hex)?$")

WITHOUT_A_KEY = {
    "connectors/files.py": "whole files",
    "connectors/read.py": "whole files",
    "matchers/distinct.py": "codes of values in memory, of one run",
    "matchers/id_table.py": "codes of values in memory, of one run",
    "matchers/model.py": "the model",
    "service/accounts/api_keys.py": "256 random bits",
    "service/accounts/second_factor.py": "random recovery codes",
    "service/accounts/sessions.py": "random tokens",
    "service/demo/draws.py": "made-up people",
    "service/meetings/figures.py": "the figures that are signed: counts, which name nobody",
    "service/privacy/blobs.py": "whole files",
    "service/privacy/ciphers.py": "the digests of HMAC and HKDF",
    "service/reviews/standing.py": "numbers of rows",
    "service/uploads/changes.py": "rows in memory, to compare two files",
    "service/uploads/reading.py": "rows in memory; what is stored of it is keyed in tasks.py",
    "service/uploads/tasks.py": "the digest of HMAC",
    "service/web/site.py": "our own style sheets",
}
"""Module -> what it hashes; nobody can be found by any of it."""

PLAINLY = {
    "service/accounts/second_factor.py _digest": "by the database, of a digest",
    "service/accounts/second_factor.py digest": "by the database, of a digest",
    "service/accounts/sessions.py digest": "by the database, of a digest",
    "service/accounts/views_own.py digest": "of digests of the person's own sessions",
    "service/meetings/signing.py digest": "of the figures that everybody at the meeting is shown",
    "service/audit/verify.py digest": "on the command line, of what is stored",
}
"""``module name`` of a comparison -> why time tells nothing there."""


def _hashing(path: Path) -> Iterator[str]:
    for node in nodes_of(path, *(each.split(".")[-1] for each in HASHES | HASHERS)):
        if isinstance(node, ast.Import):
            found = {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found = {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        else:
            found = {node.attr} & HASHERS if isinstance(node, ast.Attribute) else set()
        yield from found & (HASHES | HASHERS)


def test_who_hashes_without_a_key_is_known() -> None:
    found = {name_of(path) for path in modules() if any(_hashing(path))}
    assert found - set(WITHOUT_A_KEY) == set(), "a personal value needs service.privacy.blind_index"
    assert set(WITHOUT_A_KEY) - found == set(), "no longer needed"


def _named(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _named(node.func)
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _compared(path: Path) -> Iterator[str]:
    for node in nodes_of(path, *WORDS):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            sides = [node.left, *node.comparators]
            # A comparison with a word of the program itself tells nothing: kind == "".
            if not any(isinstance(side, ast.Constant) for side in sides):
                yield from (name for side in sides if SECRET.search(name := _named(side)))


def test_secrets_are_compared_in_constant_time() -> None:
    found = {f"{name_of(path)} {name}" for path in modules("service") for name in _compared(path)}
    assert found - set(PLAINLY) == set(), "use hmac.compare_digest"
    assert set(PLAINLY) - found == set(), "no longer needed"


def test_these_tests_see_what_they_look_for(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    for line in ("import hashlib", "from hashlib import md5", "import zlib; zlib.crc32(b'')"):
        wrong.write_text(line)
        assert list(_hashing(wrong)), line
    for line in ("a.digest == b", "mac(x) != given", "stored == totp_secret"):
        wrong.write_text(line)
        assert list(_compared(wrong)), line
    wrong.write_text("kind == 'secret'; digest = 1; import hmac")
    assert [*_hashing(wrong), *_compared(wrong)] == []

"""Passwords: how they are kept, and which are good enough.

GB/T 22239-2019 (8.1.4.1) asks for kinds of characters and for change after a time, OWASP ASVS 6.2.5 and
6.2.10 forbid both: they are settings (``password_kinds``, ``password_days``), by default as the national
standard has them. Length, and not being among what is guessed first, are asked for in any case.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

from service.config import Settings

TIME_COST, MEMORY_KIB, LANES = 3, 65_536, 4
"""RFC 9106, 4: the second recommended choice, where 2 GiB a sign-in cannot be had. 0.38 s on two cores."""

LONGEST = 1_000
"""Characters. All of them count. Longer ones are refused: hashing megabytes would be a way to stop us."""

ONE_TIME_DAYS = 7
"""So long a password that an administrator handed out may be used, once, to choose an own one."""

_WORDS = """
password passwd admin administrator root guest user test welcome login letmein master monkey dragon qwerty
qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx abc abcd abcdef abcdefg iloveyou sunshine princess football
rollcall yibushao yigebushao jiaoyuju jiaoyu woaini woaiwojia zhongguo china beijing xuexiao xueji mima
guanliyuan nihao changeme secret default system server huawei government zhengfu 1314 520
"""
_FIRST_GUESSED = sorted(_WORDS.split(), key=len, reverse=True)
_LOOKALIKE = str.maketrans("013457@$!|", "oieastasil")
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_RUNS = (
    "01234567890123456789",
    "98765432109876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
)


class Passwords:
    """Hashes and compares. Tests give cheaper costs; the service uses those above."""

    def __init__(self, time_cost: int = TIME_COST, memory_kib: int = MEMORY_KIB, lanes: int = LANES) -> None:
        self._hasher = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=lanes)

    @cached_property
    def _nobody(self) -> str:
        """Of nobody: who does not exist is compared with it, so that the answer takes as long."""
        return self._hasher.hash(secrets.token_hex())

    def hash(self, password: str) -> str:
        """An argon2id hash of the whole password, with its costs and salt written in it."""
        return self._hasher.hash(password)

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password; against None it takes as long and says no."""
        nobody = self._nobody  # made by the first who signs in, whoever that is, and not by every start
        try:
            return self._hasher.verify(hashed or nobody, password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, hashed: str) -> bool:
        """Whether the hash was made with other costs than today's."""
        return self._hasher.check_needs_rehash(hashed)


def fault(settings: Settings, password: str, login: str) -> LazyString | None:
    """What is wrong with a new password, for the person who chose it; None where nothing is."""
    if len(password) < settings.password_length:
        return _("密码至少 %(count)s 个字符。", count=settings.password_length)
    if len(password) > LONGEST:
        return _("密码最多 %(count)s 个字符。", count=LONGEST)
    if kinds(password) < settings.password_kinds:
        return _(
            "密码要包含大写字母、小写字母、数字、其他字符中的至少 %(count)s 种。",
            count=settings.password_kinds,
        )
    if login and login.lower() in password.lower():
        return _("密码不能包含登录名。")
    if guessable(password):
        return _("这个密码太常见，容易被猜到。请换一个，例如用几个不相干的词连起来。")
    return None


def kinds(password: str) -> int:
    """How many of capitals, small letters, digits and anything else it has: 0 to 4."""
    patterns = (r"[A-Z]", r"[a-z]", r"[0-9]", r"[^A-Za-z0-9]")
    return sum(1 for pattern in patterns if re.search(pattern, password))


def guessable(password: str) -> bool:
    """Whether little is left of it once common words, runs of keys, years and repetitions are taken away."""
    text = re.sub(r"(?:19|20)\d\d(?:0?\d|1[0-2])?", "", password.lower())
    if len(set(text)) < 5:
        return True
    for form in (text, text.translate(_LOOKALIKE)):
        rest = _without_runs(form)
        for word in _FIRST_GUESSED:
            rest = rest.replace(word, "")
        if len(set(re.sub(r"[\W_]", "", rest))) < 4:
            return True
    return False


def _without_runs(text: str) -> str:
    """Take away four and more neighbours of the keyboard, the alphabet or the numbers."""
    for run in _RUNS:
        for length in range(min(len(run), len(text)), 3, -1):
            for start in range(len(run) - length + 1):
                text = text.replace(run[start : start + length], "")
    return text


def one_time() -> str:
    """A password to hand out: 80 random bits in groups that can be read aloud."""
    letters = "".join(secrets.choice(_ALPHABET) for _place in range(17))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:12]}-{letters[12:]}"


def expired(settings: Settings, changed_at: datetime | None, now: datetime) -> bool:
    """Whether a password that a person chose is older than ``password_days``."""
    if not settings.password_days or changed_at is None:
        return False
    return now - changed_at > timedelta(days=settings.password_days)


def lapsed(changed_at: datetime | None, now: datetime) -> bool:
    """Whether a handed-out password is too old to be used."""
    return changed_at is None or now - changed_at > timedelta(days=ONE_TIME_DAYS)

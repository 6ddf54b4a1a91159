"""What clerks do to resident numbers and birthdays."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from lunardate import LunarDate

from service.demo.draws import Array, Stream, number_text, repeated

KEYPAD = ("0258", "1245", "2135", "3269", "4157", "5246", "6359", "7489", "8579", "9687")
"""The neighbours of each digit on a number pad, behind the digit itself."""


def keypad_slip(number: str, rng: Stream, start: int = 0) -> str:
    """One digit becomes another: in half the cases a neighbour on the pad."""
    at = int(rng.integers(start, len(number)))
    if not number[at].isdigit():
        at = start
    near = KEYPAD[int(number[at])][1:]
    if rng.random() < 0.5:
        return number[:at] + near[rng.integers(len(near))] + number[at + 1 :]
    return number[:at] + str((int(number[at]) + int(rng.integers(1, 10))) % 10) + number[at + 1 :]


def slip(number: str, rng: Stream) -> str:
    """One digit wrong (six in ten), two neighbours swapped (three), a digit lost or doubled (one).

    The first four digits are spared: the number would pass for one of a county that exists.
    """
    kind, at = rng.random(), int(rng.integers(6, 17))
    if kind < 0.6:
        return keypad_slip(number, rng, 4)
    if kind < 0.9:
        # Neighbours that are equal would change nothing.
        at = next((each for each in (*range(at, 17), *range(6, at)) if number[each] != number[each + 1]), at)
        return number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    return number[:at] + number[at + 1 :] if kind < 0.95 else number[:at] + number[at] + number[at:]


def old_birthday(number: str, rng: Stream) -> int:
    """Seventeen digits with another day, month or year: the birthday before it was corrected."""
    year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    kind = rng.random()
    if kind < 0.4:
        month = month % 12 + 1
    elif kind < 0.8:
        day = (day + int(rng.integers(1, 20))) % 28 + 1
    else:
        year += 1 if rng.random() < 0.5 else -1
    return int(f"{number[:6]}{year}{month:02d}{min(day, 28):02d}{number[14:17]}")


def issued_anew(number: str, rng: Stream) -> int:
    """Seventeen digits of the same birthday and sex with another sequence: two people had the same one."""
    sequence = (int(number[14:17]) + 2 * int(rng.integers(1, 500))) % 1000
    return int(f"{number[:14]}{sequence:03d}")


def birthday_slip(birth: str, rng: Stream) -> str:
    """yyyymmdd with the day, the month or the year off."""
    year, month, day = int(birth[:4]), int(birth[4:6]), int(birth[6:])
    kind = rng.random()
    if kind < 0.5:
        day = day % 28 + 1
    elif kind < 0.8 and day <= 12 and day != month:
        month, day = day, month
    else:
        year += 1 if rng.random() < 0.5 else -1
    return f"{year}{month:02d}{min(day, 28) if month == 2 else min(day, 30):02d}"


def lunar(birth: str, rng: Stream) -> str:
    """The lunar date of a solar birthday, in a third of the cases with the word for it."""
    found = LunarDate.from_solar_date(int(birth[:4]), int(birth[4:6]), int(birth[6:]))
    if rng.random() < 1 / 3:
        return f"农历{found.year}年{found.month}月{found.day}日"
    return f"{found.year}{found.month:02d}{found.day:02d}"


def fifteen(number: str, rng: Stream) -> str:
    """The short form of before 1999: no century, no check digit."""
    return number[:6] + number[8:17]


def masked(number: str, rng: Stream) -> str:
    """6599**********0014, as lists for the notice board have it."""
    return number[:6] + "*" * 8 + number[14:] if len(number) == 18 else number


def decorated(number: str, rng: Stream) -> str:
    """An apostrophe, a hard space, full-width digits, a lower-case x, groups, a remark."""
    wide = number.translate({ord(c): chr(ord(c) + 0xFEE0) for c in "0123456789X"})
    grouped = f"{number[:6]} {number[6:14]} {number[14:]}"
    forms = (
        f"'{number}",
        f"{number}\u00a0",
        wide,
        grouped,
        f"{number}\t",
        f"{number}（已核）",
        f"`{number}",
        f"\u00a0{number}",
    )
    if number.endswith("X"):
        forms = (number.lower(), number[:-1] + "×", number[:-1] + "Х", number[:-1] + "*", *forms)
    return forms[rng.integers(len(forms))]


NUMBER_ERRORS: Mapping[str, Callable[[str, Stream], str]] = {
    "id_slip": slip,
    "fifteen": fifteen,
    "masked": masked,
    "decorated_number": decorated,
}
BIRTH_ERRORS: Mapping[str, Callable[[str, Stream], str]] = {"birthday_slip": birthday_slip, "lunar": lunar}


def float_number(number: str) -> str:
    """What a spreadsheet leaves of 18 digits that it took for a number: 15 digits and three zeros."""
    return number[:15] + "000" if number.isdigit() and len(number) == 18 else number


def student_number(rng: Stream, ids: Array, birth: Array, formal: Array) -> Array:
    """学籍号: G and the number; without one, J (formal) or L (temporary) with a number of its own."""
    out = repeated("G", len(ids)) + ids
    without = np.flatnonzero(ids == "")
    letter = np.where(formal[without], "J659999", "L659999").astype(object)
    out[without] = letter + birth[without] + number_text(rng.integers(0, 10**4, len(without)), 4)
    return out

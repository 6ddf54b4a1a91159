"""What a source of lists declares about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """One agency's way of sending one list: everything that is not true of lists in general.

    Attributes:
        name: the identifier, also the file's name.
        label: the Chinese name that `rollcall inspect` shows.
        agency: who sends it.
        kind: the record type (``schemas.records``).
        words: words in the file name, sheet name or title that speak for it; a longer word weighs more.
        not_words: words that speak against it.
        headers: field -> further headers, normalised as in ``synonyms.toml``.
        telling: headers, normalised, that hardly any other list has; each speaks for this source.
        group: the group (``schemas/codes/group.csv``) of everyone on such a list, where nothing more
            exact is said; "" for none.
        members_are: whom columns such as 成员1姓名 name: "household" (a member of the household, a
            record of its own) or "guardian".
    """

    name: str
    label: str
    agency: str
    kind: str
    words: tuple[str, ...]
    not_words: tuple[str, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    telling: tuple[str, ...] = ()
    group: str = ""
    members_are: str = "guardian"

"""The quality part of the page speaks of everything that a run counts."""

from __future__ import annotations

from matchers.steps.s3_block import PERSON_KEYS
from service.reports.quality import KEYS


def test_every_candidate_key_is_named_in_chinese() -> None:
    assert set(KEYS) == {key.name for key in PERSON_KEYS}

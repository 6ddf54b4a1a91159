"""What a person reads is on the county's clock, however that of the machine is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from service.county_time import minute, standing_at, today


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (datetime(2026, 11, 22, 16, 12, tzinfo=UTC), "2026-11-23 00:12"),
        (datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC), "2026-11-22 23:59"),
        (datetime(2026, 11, 23, 0, 12, tzinfo=timezone(timedelta(hours=8))), "2026-11-23 00:12"),
        (datetime(2026, 11, 22, 8, 12, tzinfo=timezone(timedelta(hours=-8))), "2026-11-23 00:12"),
    ],
)
def test_a_moment_is_told_in_the_county(moment: datetime, told: str) -> None:
    assert minute(moment) == told
    with standing_at(moment):
        assert today().isoformat() == told[:10]

from datetime import UTC, datetime, timedelta, timezone

import pytest

from plinthctl.domain.schedule import start_at
from plinthctl.errors import UsageError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(NOON, id="now"),
        pytest.param(NOON + timedelta(minutes=10), id="in ten minutes"),
        pytest.param(NOON + timedelta(days=30), id="in 30 days"),
        pytest.param(datetime(2026, 3, 1, 21, 30, tzinfo=TOKYO), id="in another zone"),
    ],
)
def test_a_start_within_30_days_is_taken_as_it_is(wanted: datetime) -> None:
    assert start_at(wanted, NOON) == wanted


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        pytest.param(
            NOON - timedelta(seconds=1),
            "2026-03-01 11:59:59+00:00 has passed; it is 2026-03-01 12:00:00+00:00",
            id="a second ago",
        ),
        pytest.param(
            datetime(2026, 3, 1, 20, 30, tzinfo=TOKYO),
            "2026-03-01 20:30:00+09:00 has passed; it is 2026-03-01 21:00:00+09:00",
            id="half an hour ago, said in the zone it was typed in",
        ),
        pytest.param(
            NOON + timedelta(days=30, seconds=1),
            "2026-03-31 12:00:01+00:00 is more than 30 days ahead",
            id="more than 30 days ahead",
        ),
    ],
)
def test_another_start_is_refused(wanted: datetime, words: str) -> None:
    with pytest.raises(UsageError) as refused:
        start_at(wanted, NOON)
    assert words in refused.value.message
    assert refused.value.fix

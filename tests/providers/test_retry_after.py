from datetime import UTC, datetime

import pytest

from worker.providers.retry_after import retry_after_s

NOW = datetime(2026, 10, 6, 10, 0, 0, tzinfo=UTC)
IN_A_MINUTE = "Tue, 06 Oct 2026 10:01:00 GMT"
A_MINUTE_AGO = "Tue, 06 Oct 2026 09:59:00 GMT"


@pytest.mark.parametrize(
    ("headers", "body", "expected_s"),
    [
        pytest.param({}, None, None, id="nothing said is no wait"),
        pytest.param({"retry-after": "12"}, None, 12.0, id="seconds"),
        pytest.param({"retry-after": " 1.5 "}, None, 1.5, id="seconds with a fraction"),
        pytest.param({"retry-after": "0"}, None, 0.0, id="at once"),
        pytest.param({"retry-after": "1000000000"}, None, 1e9, id="thirty years are told as asked"),
        pytest.param({"retry-after": IN_A_MINUTE}, None, 60.0, id="a date ahead of our clock"),
        pytest.param(
            {"retry-after": IN_A_MINUTE, "date": "Tue, 06 Oct 2026 10:00:30 GMT"},
            None,
            30.0,
            id="a date is measured against the server's own clock",
        ),
        pytest.param({"retry-after": A_MINUTE_AGO}, None, None, id="a date gone by is ignored"),
        pytest.param({"retry-after": "-5"}, None, None, id="a negative number is ignored"),
        pytest.param({"retry-after": "soon"}, None, None, id="a word is ignored"),
        pytest.param({"retry-after": "inf"}, None, None, id="infinity is ignored"),
        pytest.param({"retry-after": "nan"}, None, None, id="not-a-number is ignored"),
        pytest.param({"retry-after": "9" * 400}, None, None, id="an absurd number is ignored"),
        pytest.param(
            {"retry-after-ms": "250", "retry-after": "9"}, None, 0.25, id="milliseconds go first"
        ),
        pytest.param(
            {"retry-after-ms": "x", "retry-after": "9"}, None, 9.0, id="unreadable ms are passed by"
        ),
        pytest.param({}, {"details": {"retryAfterSeconds": 20}}, 20.0, id="details in the body"),
        pytest.param({}, {"retry_after_seconds": 7}, 7.0, id="a field of the body"),
        pytest.param({}, {"retry_after_seconds": True}, None, id="true is no number"),
        pytest.param(
            {}, {"error": "… please retry after 12s, resets at …"}, 12.0, id="Firecrawl's text"
        ),
        pytest.param(
            {"retry-after": "3"}, {"error": "retry after 12s"}, 3.0, id="the header beats the text"
        ),
        pytest.param({}, {"details": "x", "error": 5}, None, id="a body of other shapes"),
        pytest.param({}, ["retry after 3s"], None, id="a body that is no object"),
    ],
)
def test_the_wait_is_read_in_every_form(headers, body, expected_s):
    assert retry_after_s(headers, body, NOW) == expected_s

"""What a message about an alert says."""

from datetime import timedelta

from plinthctl.domain.alert_life import Telling
from plinthctl.domain.alert_words import body, payload, title
from plinthctl.domain.alerting import AlertRule
from tests.alerting import a_letter, an_incident
from tests.store.acts import NOON


def test_that_an_alert_of_a_type_is_over_says_so_and_for_how_long() -> None:
    over = an_incident(
        AlertRule.FAILURE_RATE,
        scope="market_research",
        value=0.2,
        peak=0.4,
        resolved_at=NOON + timedelta(minutes=35),
    )
    letter = a_letter(what=Telling.RESOLVED, incident=over)
    assert title(letter) == "RESOLVED failure rate of market_research after 35m"
    assert "It was at 40.0% at most." in body(letter)
    told = payload(letter)
    assert (told["event"], told["type"]) == ("resolved", "market_research")
    assert told["resolved_at"] == "2026-03-01T12:35:00.000Z"

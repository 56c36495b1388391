"""Whether the bell answers, as the dashboard asks each time it looks."""

import pytest

from plinthctl.broker.bell import Bell
from plinthctl.errors import BellUnavailable
from tests.broker.ringing import bell_at
from tests.valkeys import Valkey


def test_a_bell_that_is_there_answers(valkey: Valkey) -> None:
    assert bell_at(valkey.url).answers()


def test_no_bell_is_no_trouble() -> None:
    assert not Bell(lambda: None, lambda: "nobody").answers()


def test_a_bell_that_has_gone_says_so() -> None:
    with pytest.raises(BellUnavailable):
        bell_at("redis://127.0.0.1:1").answers()

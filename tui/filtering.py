"""What somebody types into the filter, as a query: ages count back from the store's clock."""

from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from typing import Final

from plinthctl.domain import filters
from plinthctl.domain.catalog import JOB_TYPES
from plinthctl.domain.filter_terms import FilterError
from plinthctl.domain.filters import Key
from plinthctl.domain.job import JobStatus
from plinthctl.domain.queries import JobQuery
from plinthctl.services.moments import moment

_VALUES: Final = {
    Key.STATUS: tuple(status.value for status in JobStatus),
    Key.TYPE: tuple(JOB_TYPES),
    Key.STEP: filters.step_names(),
    Key.IS: (filters.STUCK, "active", *(status.value for status in JobStatus)),
    Key.SINCE: ("1h", "15m", "1d"),
}


def query_of(text: str, now: datetime) -> JobQuery:
    """The jobs that a filter asks for at this moment. Raises `FilterError`."""
    return filters.parse(text, lambda typed, what: moment(typed, what, now))


def wrong_with(text: str, now: datetime) -> FilterError | None:
    """What cannot be understood of a filter; None: all of it can."""
    try:
        query_of(text, now)
    except FilterError as error:
        return error
    return None


def completed(text: str) -> str:
    """The text with its last word completed, as far as that is clear: a key, or one of
    the values that a key can have."""
    head, _, word = text.rpartition(" ")
    key, colon, value = word.partition(":")
    before = f"{head} " if head else ""
    if not colon:
        return before + _longest(word, (f"{one}:" for one in Key))
    given, comma, last = value.rpartition(",")
    known = _VALUES.get(Key(key), ()) if key in set(Key) else ()
    return f"{before}{key}:{given}{comma}{_longest(last, known)}"


def _longest(begun: str, known: Iterable[str]) -> str:
    """What all the known words have in common that begin so."""
    fitting = [one for one in known if one.startswith(begun)] if begun else []
    if not fitting:
        return begun
    first, last = min(fitting), max(fitting)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(one for one, _ in same)

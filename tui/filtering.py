"""What somebody types into the filter, as a query: ages count back from the store's clock."""

from datetime import datetime

from plinthctl.domain import filters
from plinthctl.domain.filter_terms import FilterError
from plinthctl.domain.queries import JobQuery
from plinthctl.services.moments import moment


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

"""Why a page could not be read by ourselves, in our words.

Source: contracts/error-classification.md section 2.2, for what a website does.
"""

import ssl
from dataclasses import dataclass
from typing import Final

import httpx

from plinthctl.domain.failures import FailureClass as F
from worker.providers.bounded import CutShort, TooLarge
from worker.providers.dialling import NamesUnavailable, NoSuchHost, NotDialled, NoWebPort
from worker.providers.failures import TOO_LARGE, has_cause
from worker.providers.fetching import BadAddress, NoWayOn
from worker.providers.page_text import Unreadable
from worker.providers.websites import about_target, host_of, target_class

NOT_PUBLIC: Final = "not_public"
NO_SUCH_HOST: Final = "no_such_host"
NOT_A_PAGE: Final = "not_a_page"
BAD_REDIRECT: Final = "bad_redirect"
ROBOTS: Final = "robots_txt"


class Answered(Exception):
    """The website answered, but with no good page."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(f"{url} answered {status}")
        self.url = url
        self.status = status


class Forbidden(Exception):
    """The website's robots.txt forbids to read the page."""


class NotAPage(Exception):
    """What came is of a kind that has no text for us; the text says which."""


# What reading a page may end in; anything else is a fault of ours.
EXPECTED: Final = (
    httpx.HTTPError,
    httpx.InvalidURL,
    TimeoutError,
    BadAddress,
    NotDialled,
    NoWayOn,
    TooLarge,
    CutShort,
    Answered,
    Forbidden,
    NotAPage,
    Unreadable,
)


@dataclass(frozen=True, slots=True)
class Told:
    """A failure's class and its words for the user."""

    failure_class: F
    message: str
    code: str | None = None
    status: int | None = None


def told(url: str, error: Exception) -> Told:
    """What to say of ``error``, which reading ``url`` has ended in."""
    if isinstance(error, Answered):
        return _of_answer(error)
    if isinstance(error, NotDialled):
        return _of_name(url, error)
    website = f"The website {host_of(url)}"
    match error:
        case BadAddress():
            return Told(F.INVALID_INPUT, f"The address {url} {error}.")
        case httpx.InvalidURL() | httpx.UnsupportedProtocol():
            return Told(F.INVALID_INPUT, f"The address {url} cannot be asked for.")
        case NoWayOn():
            return Told(F.INVALID_INPUT, f"{website} {error.reason}.", BAD_REDIRECT)
        case Forbidden():
            return Told(F.CONTENT_REFUSED, f"{website} forbids robots to read {url}.", ROBOTS)
        case NotAPage():
            return Told(F.INVALID_INPUT, f"What is at {url} is no web page.", NOT_A_PAGE)
        case TooLarge():
            return Told(F.INVALID_INPUT, f"The page {url} is too large to be read.", TOO_LARGE)
        case Unreadable():
            return Told(F.PARSE_ERROR, f"The page {url} could not be read.")
        case TimeoutError() | httpx.TimeoutException():
            return Told(F.NETWORK_TIMEOUT, f"{website} did not answer in time.")
    if has_cause(error, ssl.SSLCertVerificationError):
        return Told(F.INVALID_INPUT, f"{website} has a certificate that cannot be trusted.")
    return Told(F.PROVIDER_UNAVAILABLE, f"{website} does not answer as it should.")


def _of_answer(answered: Answered) -> Told:
    failure_class = target_class(answered.status) or F.UNKNOWN
    message = about_target(failure_class, answered.url, answered.status)
    return Told(failure_class, message, status=answered.status)


def _of_name(url: str, error: NotDialled) -> Told:
    website = f"The website {host_of(url)}"
    match error:
        case NoWebPort():
            message = f"The address {url} names a port that websites do not have."
            return Told(F.INVALID_INPUT, message, NOT_PUBLIC)
        case NoSuchHost():
            return Told(F.INVALID_INPUT, f"{website} does not exist.", NO_SUCH_HOST)
        case NamesUnavailable():
            return Told(F.PROVIDER_UNAVAILABLE, f"{website} cannot be looked up at the moment.")
    return Told(F.INVALID_INPUT, f"{website} is not on the public internet.", NOT_PUBLIC)

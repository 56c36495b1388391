"""What a website itself answered, in our words: whoever has asked it for us.

Source: contracts/error-classification.md section 2.2.
"""

from urllib.parse import urlsplit

from plinthctl.domain.failures import FailureClass


def target_class(status: int) -> FailureClass | None:
    """The class of what the website itself answered; None: a good page."""
    if status in {404, 410}:
        return FailureClass.INVALID_INPUT
    if status >= 500:
        return FailureClass.PROVIDER_UNAVAILABLE
    return FailureClass.CONTENT_REFUSED if status >= 400 else None


def about_target(failure_class: FailureClass, url: str, status: int) -> str:
    """What the user is told of it."""
    if failure_class is FailureClass.INVALID_INPUT:
        return f"The page {url} does not exist ({status})."
    if failure_class is FailureClass.CONTENT_REFUSED:
        return f"The website {host_of(url)} refuses to be read ({status})."
    return f"The website {host_of(url)} is not working at the moment ({status})."


def host_of(url: str) -> str:
    """The host's name; the whole address where it has none that can be read."""
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url

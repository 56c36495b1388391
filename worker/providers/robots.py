"""What websites let robots read, asked for once an hour."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from plinthctl.domain.robots import Rule, may_read, rules_for
from worker.clocks import steady_s
from worker.providers.bounded import TooLarge
from worker.providers.direct_failures import Answered
from worker.providers.fetching import AGENT, Fetched, Fetcher, NoWayOn

KEPT_FOR_S: Final = 3600.0
KEPT_AT_MOST: Final = 500  # websites
MOST_BYTES: Final = 512 * 1024  # RFC 9309 section 2.5 wants 500 kB to be read

Rules = tuple[Rule, ...]


class Robots:
    """The rules of the websites that were read of late."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._kept: dict[str, tuple[float, Rules]] = {}

    async def permit(self, url: str, sent: Callable[[], None]) -> bool:
        """Whether the page may be read.

        Raises:
            Answered: the website could not say; RFC 9309 section 2.3.1.4 then forbids all.
            Exception: as `Fetcher.fetch` does for the website itself.
        """
        parts = urlsplit(url)
        asked = urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))
        kept_until_s, rules = self._kept.get(asked, (0.0, ()))
        if kept_until_s <= steady_s():
            rules = await self._asked(asked, sent)
            self._keep(asked, rules)
        return may_read(rules, urlunsplit(("", "", parts.path or "/", parts.query, "")))

    def _keep(self, asked: str, rules: Rules) -> None:
        self._kept.pop(asked, None)
        self._kept[asked] = (steady_s() + KEPT_FOR_S, rules)
        if len(self._kept) > KEPT_AT_MOST:
            del self._kept[next(iter(self._kept))]

    async def _asked(self, url: str, sent: Callable[[], None]) -> Rules:
        try:
            async with self._fetcher.fetch(url, sent) as fetched:
                return await _rules(fetched)
        except (NoWayOn, TooLarge):
            return ()


async def _rules(fetched: Fetched) -> Rules:
    if fetched.status >= 500:
        raise Answered(fetched.url, fetched.status)
    if fetched.status >= 400:
        return ()
    body = await fetched.body(MOST_BYTES)
    return rules_for(AGENT, body.decode("utf-8", "replace"))

"""Pages that were set by hand, in place of invented ones."""

from collections.abc import Mapping


class Pages:
    """Markdown by address; the scheme's and the host's case do not count, nor a final slash."""

    def __init__(self) -> None:
        self._by_address: dict[str, str] = {}

    def put(self, pages: Mapping[str, str]) -> None:
        self._by_address |= {_address(url): text for url, text in pages.items()}

    def clear(self) -> None:
        self._by_address.clear()

    def get(self, url: str) -> str | None:
        return self._by_address.get(_address(url))


def _address(url: str) -> str:
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme.lower()}://{host.lower()}/{path.rstrip('/')}"

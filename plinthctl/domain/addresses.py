"""Web addresses in what was found and in what was written about it."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

# Whatever a reader or a terminal would make a link of: a scheme, or www before a name.
_ADDRESS: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*://|\bwww\.)[^\s<>\"'`|]+", re.IGNORECASE)
_AFTER_IT: Final = ".,;:!?)]}*_”’»…"


def same_page(url: str) -> str:
    """What addresses of one page have in common: no scheme, no ``www.``, no fragment."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return url
    return f"{host}{parts.path.rstrip('/')}?{parts.query}"


def strange_addresses(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The addresses in ``text`` of pages that are not among the ``known`` ones."""
    pages = {same_page(url) for url in known}
    found = (match[0].rstrip(_AFTER_IT) for match in _ADDRESS.finditer(text))
    return tuple(url for url in found if same_page(url) not in pages)

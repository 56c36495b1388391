"""The readable text of a page, as Markdown."""

import re
from typing import Any, Final

import trafilatura
from trafilatura.metadata import extract_metadata

Tree = Any  # lxml has no types

_WRAPPED: Final = "<html><body><div>{}</div></body></html>"  # a fragment is no page to trafilatura
MOST_CHARS: Final = 200_000  # of what is handed on
MOST_WORDS_CHARS: Final = 10_000  # of a title, of a description
MARKDOWN_FROM_CHARS: Final = 250  # less is no article: then all the text of the page is taken
USUAL_CHARSET: Final = (
    "windows-1252"  # of a page that is no UTF-8 and names none, by the HTML standard
)

_NAMED_CHARSET: Final = re.compile(rb"<meta[^>]{0,200}charset=[\"' ]?([\w-]{1,40})", re.IGNORECASE)
_LOOKED_THROUGH_BYTES: Final = 4096


def read_page(body: bytes, charset: str | None) -> dict[str, str]:
    """Title, description and Markdown of an HTML page; "" where it has none."""
    tree = _tree(_decoded(body, charset))
    if tree is None:
        return {"title": "", "description": "", "markdown": ""}
    about = extract_metadata(tree, extensive=False)
    markdown = trafilatura.extract(
        tree, output_format="markdown", favor_recall=True, include_comments=False
    )
    return {
        "title": (about.title or "")[:MOST_WORDS_CHARS],
        "description": (about.description or "")[:MOST_WORDS_CHARS],
        "markdown": _fuller(markdown or "", tree)[:MOST_CHARS],
    }


def _tree(text: str) -> Tree | None:
    tree = trafilatura.load_html(text)
    return trafilatura.load_html(_WRAPPED.format(text)) if tree is None else tree


def _fuller(markdown: str, tree: Tree) -> str:
    if len(markdown) >= MARKDOWN_FROM_CHARS:
        return markdown
    return max(markdown, trafilatura.html2txt(tree), key=len)


def _decoded(body: bytes, charset: str | None) -> str:
    named = _NAMED_CHARSET.search(body[:_LOOKED_THROUGH_BYTES])
    for name in (charset, named and named[1].decode("ascii"), "utf-8"):
        try:
            return body.decode(name or "utf-8-sig")
        except (LookupError, UnicodeError):
            continue
    return body.decode(USUAL_CHARSET, "replace")

"""What failures have in common is found, and what is each one's own is not kept."""

import random
import string
from collections.abc import Callable
from itertools import product

import pytest

from plinthctl.domain.fingerprint import (
    KEPT_CHARS,
    Cause,
    cause_of_end,
    cause_of_try,
    is_group_id,
    skeleton,
)
from plinthctl.domain.ids import ALPHABET, IdPrefix, new_id

SEED = 20261124
SEEDED = 10_000


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param("next try in 12 s", "next try in <time>", id="a duration"),
        pytest.param("waited 2m01s", "waited <time>", id="a duration of two units"),
        pytest.param(
            "Tue, 24 Nov 2026 18:05:52 GMT: gone", "<time>: gone", id="a date as HTTP has it"
        ),
        pytest.param("at 2026-11-24T18:05:52.123Z", "at <time>", id="a date as ISO 8601 has it"),
        pytest.param("open at 18:05", "open at <time>", id="a time of day"),
        pytest.param(
            "https://acme.com/x?y=1, was refused.", "<url>, was refused.", id="an address"
        ),
        pytest.param("acme.com did not answer", "<url> did not answer", id="a host alone"),
        pytest.param("10.1.2.3:80 and ::1", "<address> and <address>", id="addresses of machines"),
        pytest.param("httpx.ReadTimeout", "httpx.ReadTimeout", id="a name in code stays"),
        pytest.param("ana+x@acme.co.uk is unknown", "<email> is unknown", id="an e-mail address"),
        pytest.param('no "Acme, Inc." here', "no <text> here", id="quoted text"),
        pytest.param("didn't like 'it'", "didn't like <text>", id="an apostrophe is no quote"),
        pytest.param("/var/lib/x.y and C:\\x\\y", "<path> and <path>", id="paths"),
        pytest.param("Consumed (req/min): 11", "Consumed (req/min): #", id="a unit is no path"),
        pytest.param("7Q2K9M4T or QKZMWTRX", "# or #", id="short ids of ours"),
        pytest.param("0xdeadbeef deadbeef", "# #", id="hexadecimal"),
        pytest.param("chatcmpl-abcDEFghiJKLmnopQR", "#", id="an id without a digit"),
        pytest.param("1 retry, 3 retries", "# retry, # retry", id="one and many"),
        pytest.param("$1,234.50 of $9", "$# of $#", id="money"),
        pytest.param("a\n  b", "a b", id="white space"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_is_its_own_is_taken_out(message: str, expected: str) -> None:
    assert skeleton(message) == expected


Part = Callable[[random.Random], str]
HEX = "0123456789abcdef"


def _some(draw: random.Random, letters: str, least: int, most: int) -> str:
    return "".join(draw.choices(letters, k=draw.randint(least, most)))


def _word(draw: random.Random) -> str:
    return _some(draw, string.ascii_lowercase, 2, 9)


def _uuid(draw: random.Random) -> str:
    return "-".join(_some(draw, HEX, size, size) for size in (8, 4, 4, 4, 12))


def _host(draw: random.Random) -> str:
    return f"{_word(draw)}{draw.randint(0, 99)}.{draw.choice(['com', 'io', 'co.uk', 'museum'])}"


def _url(draw: random.Random) -> str:
    query = f"?{_word(draw)}={draw.randint(0, 10**6)}" if draw.random() < 0.5 else ""
    path = "".join(f"/{_word(draw)}" for _ in range(draw.randint(0, 4)))
    return f"http{draw.choice(['', 's'])}://{_host(draw)}{path}{query}"


def _clock(draw: random.Random) -> str:
    return f"{draw.randint(0, 23):02}:{draw.randint(0, 59):02}:{draw.randint(0, 59):02}"


def _iso(draw: random.Random) -> str:
    zone = draw.choice(["Z", "+00:00", ".123Z", "", ".5+0200"])
    return f"2026-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}T{_clock(draw)}{zone}"


PARTS: dict[str, Part] = {
    "{number}": lambda draw: draw.choice(
        [str(draw.randint(0, 10**9)), f"{draw.random() * 100:.3f}", f"{draw.randint(1, 99)},000"]
    ),
    "{id}": lambda draw: draw.choice(
        [
            _uuid(draw),
            new_id(IdPrefix.JOB, draw.getrandbits(40), draw.randbytes(10)),
            _some(draw, ALPHABET, 8, 8),
            _some(draw, HEX, 12, 40),
            f"req_{_some(draw, string.ascii_letters + string.digits, 18, 28)}",
        ]
    ),
    "{url}": lambda draw: draw.choice([_url(draw), _host(draw)]),
    "{quote}": lambda draw: draw.choice(['"{}"', "'{}'", "“{}”", "‘{}’"]).format(
        draw.choice([_word(draw), _url(draw), f"{_word(draw)} {draw.randint(1, 99)}", _iso(draw)])
    ),
    "{time}": lambda draw: draw.choice(
        [_iso(draw), _clock(draw), f"{draw.randint(1, 28)} Nov 2026 {_clock(draw)} GMT"]
    ),
    "{wait}": lambda draw: draw.choice(
        [
            f"{draw.randint(1, 99)} s",
            f"{draw.randint(1, 99)}ms",
            f"{draw.randint(1, 9)}m{draw.randint(0, 59):02}s",
            f"{draw.random() * 60:.1f} seconds",
            "1 minute",
        ]
    ),
    "{mail}": lambda draw: f"{_word(draw)}.{draw.randint(1, 99)}@{_host(draw)}",
    "{path}": lambda draw: "".join(f"/{_word(draw)}" for _ in range(draw.randint(1, 5))),
}

TEMPLATES = (
    "Exa is limiting requests, next try in {wait}.",
    "Exa is not available: request {id} failed after {wait}.",
    "{url} did not answer within {wait}.",
    "{url} does not exist.",
    "The page {url}, read at {time}, has {number} bytes; at most {number} are read.",
    "The answer lacks {quote}.",
    "The answer has {quote} where {quote} was expected (line {number}).",
    "Quota of {number} requests is used up until {time}.",
    "Key {id} was refused for {mail}.",
    "Cannot write {path}: no space left, {number} bytes wanted.",
    "Worker {id} was lost at {time}.",
    "Nobody took it for {wait}.",
    "G2 has no product for {quote}.",
    "An unexpected error occurred: KeyError({quote}) in {path}",
    "An unexpected error occurred: ValueError({quote}) in {path}",
    "Rate limit exceeded. Consumed (req/min): {number}, Remaining (req/min): {number}.",
)
CAUSES = list(product(TEMPLATES, ("rate_limited", "unknown"), ("exa", "llm"), ("a-step", "b-step")))


def _seeded(draw: random.Random, template: str) -> str:
    message = template
    for mark, part in PARTS.items():
        while mark in message:
            message = message.replace(mark, part(draw), 1)
    return message


def test_ten_thousand_seeded_messages_fall_into_exactly_the_seeded_groups() -> None:
    draw = random.Random(SEED)
    found: dict[str, set[tuple[str, str, str, str]]] = {}
    for n in range(SEEDED):
        template, code, provider, step = seed = CAUSES[n % len(CAUSES)]
        message = _seeded(draw, template)
        cause = cause_of_try(code, provider, step, message, None)
        found.setdefault(cause.id, set()).add(seed)
    torn = {seed for seeds in found.values() for seed in seeds if len(seeds) > 1}
    assert torn == set(), "groups that hold several causes"
    assert len(found) == len(CAUSES), "causes that fall apart"


@pytest.mark.parametrize(
    "hostile",
    ['"' * 5000, "a-" * 5000, "/a" * 5000, "a." * 5000, "1:" * 5000, "9 s " * 2000, "x" * 10**6],
    ids=lambda text: repr(text[:4]),
)
def test_hostile_messages_are_short_and_quickly_done(hostile: str) -> None:
    assert len(skeleton(hostile)) <= KEPT_CHARS


def test_a_record_says_who_and_where_and_an_end_without_one_has_only_its_words() -> None:
    record = {"provider": "exa", "step": "search-news", "message": "Gone.", "detail": "x"}
    said = Cause("rate_limited", "exa", "search-news", "Gone.")
    assert cause_of_end("rate_limited", "Failed after 3 retries: Gone.", record) == said
    lost = cause_of_end("worker_lost", "Failed after 1 retry: Lost 3 workers.", None)
    assert lost == Cause("worker_lost", None, None, "Lost # worker.")


def test_of_an_unknown_failure_the_providers_own_words_tell_more() -> None:
    one = cause_of_try("unknown", None, "a", "An unexpected error occurred.", "KeyError: 'x'")
    other = cause_of_try("unknown", None, "a", "An unexpected error occurred.", "ZeroDivisionError")
    assert one.message == "KeyError: <text>"
    assert one.id != other.id


def test_ids_of_groups_are_known_by_their_shape() -> None:
    assert is_group_id(Cause("unknown", None, None, "\ud800").id)
    assert not any(map(is_group_id, ("", "7Q2K9M4T", "g123", "g1234567G", "g123456789")))

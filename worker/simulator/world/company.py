"""A company, invented from its name."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from worker.simulator.seed import Seed
from worker.simulator.world.sectors import CITIES, CUSTOMERS, SECTORS, Sector

_LEGAL_FORMS: Final = frozenset(
    [
        "corp",
        "corporation",
        "inc",
        "incorporated",
        "ltd",
        "limited",
        "llc",
        "gmbh",
        "ag",
        "sa",
        "sas",
        "bv",
        "plc",
        "co",
        "company",
    ]
)
_SECOND_LEVELS: Final = frozenset(("co", "com", "org", "net", "ac", "gov"))
_NEWS_WORDS: Final = frozenset(
    [
        "news",
        "latest",
        "recent",
        "announcement",
        "announcements",
        "about",
        "company",
        "and",
        "or",
        "the",
        "update",
        "updates",
    ]
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One line of a price list."""

    name: str
    price: str


@dataclass(frozen=True)
class Company:
    """An invented company. All of it follows from the name's essential letters,
    so that ``acme.com``, "Acme Corp" and "ACME, Inc." are the same one."""

    name: str
    domain: str

    @cached_property
    def key(self) -> str:
        words = [w for w in _words(self.name) if w not in _LEGAL_FORMS] or _words(self.name)
        return "".join(words) or "nameless"

    @cached_property
    def brand(self) -> str:
        """The name as products bear it, without the legal form at its end."""
        words = self.name.split()
        while len(words) > 1 and words[-1].strip(".,").lower() in _LEGAL_FORMS:
            words.pop()
        return " ".join(words).rstrip(",")

    @cached_property
    def seed(self) -> Seed:
        return Seed("company", self.key)

    @cached_property
    def slug(self) -> str:
        return "-".join(_words(self.name)) or "nameless"

    @cached_property
    def sector(self) -> Sector:
        return self.seed.pick("sector", SECTORS)

    @cached_property
    def city(self) -> str:
        return self.seed.pick("city", CITIES)

    @cached_property
    def founded(self) -> int:
        return self.seed.number("founded", 2006, 2021)

    @cached_property
    def staff(self) -> int:
        return self.seed.number("staff", 3, 48) * 10

    @cached_property
    def offerings(self) -> list[tuple[str, str]]:
        """Names with the brand before them, and what each does."""
        chosen = self.seed.some("offerings", self.sector.offerings, 3)
        return [(f"{self.brand} {name}", does) for name, does in chosen]

    @cached_property
    def customers(self) -> list[str]:
        return self.seed.some("customers", CUSTOMERS, 3)

    @cached_property
    def plans(self) -> list[Plan]:
        sign = self.seed.pick("currency", ("€", "$"))
        first = self.seed.number("price", 2, 9) * 10 - 1
        yearly = self.seed.number("yearly", 9, 30)
        per = f"per {self.sector.unit} per month"
        return [
            Plan("Starter", f"{sign}{first} {per}"),
            Plan("Team", f"{sign}{first * 2 + 1} {per}"),
            Plan("Enterprise", f"from {sign}{yearly},000 a year"),
        ]


def company_at(url: str) -> Company:
    """The company whose website ``url`` is part of."""
    host = host_of(url)
    label = _as_written(_brand_label(host))
    return Company(label.replace("-", " ").title(), host.removeprefix("www."))


def company_named(name: str) -> Company:
    """The company that a person or a search query calls so."""
    said = [word for word in name.split() if _bare(word) not in _NEWS_WORDS] or name.split()
    named = [word for word in said if not _is_address(word)]
    if said and not named:
        return company_at(f"https://{_bare(said[0]).removeprefix('https://')}")
    clear = " ".join(named).strip(" \"'.,") or "Nameless"
    return Company(clear, f"{''.join(_words(clear)) or 'nameless'}.example")


def host_of(url: str) -> str:
    """The host of an address, lower case, without a final dot; "" for none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".").lower()
    except ValueError:
        return ""


def _brand_label(host: str) -> str:
    labels = host.split(".")
    place = -3 if len(labels) > 2 and labels[-2] in _SECOND_LEVELS else -2
    return labels[place] if len(labels) > 1 else host


def _as_written(label: str) -> str:
    """A label of a host name in its own script."""
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label


def _bare(word: str) -> str:
    return word.strip("\"'.,()").lower()


def _is_address(word: str) -> bool:
    return re.fullmatch(r"https?://\S+|[\w-]+(\.[\w-]+)+", _bare(word)) is not None


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())

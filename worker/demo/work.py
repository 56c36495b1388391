"""Invented work: who asks for what. Every address is one that nobody can own."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plinthctl.domain.catalog import JOB_TYPES

TEAMS: Final = (
    ("acme", ("ana", "bo", "carl")), ("orchard", ("dina", "emre")), ("northwind", ("finn", "gia")),
    ("lumen", ("hugo", "ines")), ("tessera", ("jon", "kim")), ("basalt", ("lea", "max")),
    ("quayside", ("noor", "olga")), ("fathom", ("pia", "quin")), ("harrow", ("rosa", "sam")),
    ("juniper", ("tom", "uma")), ("kestrel", ("vera", "will")), ("moraine", ("xenia", "yuri")),
    ("saffron", ("zoe", "adil")), ("verdigris", ("britt", "cem")),
)  # fmt: skip
_COMPANIES: Final = ("Zeta Sensors", "Blue Harbour", "Fieldstone", "Ostrava Labs", "Pine & Co")
_TOPICS: Final = ("orchard sensors", "cold-chain logging", "heat pumps", "parcel lockers")
_QUERIES: Final = ("frost losses in orchards", "battery life of LoRa nodes", "returns in fashion")
SHARES: Final = {  # of a hundred jobs
    "competitor_analysis": 45,
    "market_research": 22,
    "brief_generation": 13,
    "option_analysis": 10,
    "evidence_search": 10,
}


@dataclass(frozen=True, slots=True)
class Question:
    """A decision that jobs may belong to, and its options, by their ids."""

    decision: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """A job that somebody asks for."""

    type: str
    org: str
    user: str
    given: Mapping[str, Any]


def wish(dice: random.Random, questions: Sequence[Question]) -> Wish:
    """What somebody wants next."""
    able = [name for name in SHARES if JOB_TYPES[name].runnable]
    (chosen,) = dice.choices(able, [SHARES[name] for name in able])
    org, users = dice.choice(TEAMS)
    return Wish(chosen, org, dice.choice(users), given(chosen, dice, dice.choice(questions)))


def given(job_type: str, dice: random.Random, question: Question) -> dict[str, Any]:
    """Input for a job of that type."""
    name = dice.choice(_COMPANIES)
    host = "".join(character for character in name.lower() if character.isalnum())
    return {
        "competitor_analysis": {"company_name": name, "company_url": f"https://{host}.example"},
        "market_research": {"topic": dice.choice(_TOPICS), "region": "Europe"},
        "brief_generation": {"decision": question.decision, "audience": "the board"},
        "option_analysis": {
            "decision": question.decision,
            "option": dice.choice(question.options),
        },
        "evidence_search": {"query": dice.choice(_QUERIES)},
    }[job_type]

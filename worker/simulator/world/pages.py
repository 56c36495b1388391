"""An invented company's website, as Markdown."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from worker.simulator.world.company import Company

NOTE: Final = "> Simulated page: plinthctl's simulator invented every fact on it."


def page(company: Company, url: str) -> str:
    """The page at ``url``. Paths that no section has show the whole site, so that
    whatever address a person types, there is something to read."""
    section = _SECTIONS.get(urlsplit(url).path.strip("/").lower())
    sections = [section] if section else list(_SECTIONS.values())
    parts = [f"# {company.name}", NOTE, _opening(company), *(part(company) for part in sections)]
    return "\n\n".join([*parts, _footer(company)])


def links(company: Company) -> list[str]:
    return [f"https://{company.domain}/{name}" for name in _SECTIONS]


def description(company: Company) -> str:
    return f"{company.name}: {company.sector.makes} for {company.sector.serves}."


def _opening(company: Company) -> str:
    return (
        f"{company.name} makes {company.sector.makes} for {company.sector.serves}. "
        f"Founded in {company.founded} in {company.city}, it employs about {company.staff} people."
    )


def _products(company: Company) -> str:
    lines = [f"- **{name}** {does}." for name, does in company.offerings]
    return "\n".join(["## What we make", "", *lines])


def _pricing(company: Company) -> str:
    lines = [f"- {plan.name}: {plan.price}" for plan in company.plans]
    return "\n".join(["## Pricing", "", *lines])


def _customers(company: Company) -> str:
    lines = [f"- {name}" for name in company.customers]
    return "\n".join(["## Customers", "", *lines])


def _about(company: Company) -> str:
    sector = company.sector
    return f"## About us\n\nBuilt for {sector.serves}, to replace {sector.instead_of}."


def _footer(company: Company) -> str:
    return " · ".join(f"[{link.rpartition('/')[2]}]({link})" for link in links(company))


_SECTIONS: Final[dict[str, Callable[[Company], str]]] = {
    "products": _products,
    "pricing": _pricing,
    "customers": _customers,
    "about": _about,
}

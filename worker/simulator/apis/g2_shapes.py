"""Products and reviews as G2 writes them. Source: contracts/g2.md, sections 2 and 3."""

import uuid
from typing import Any

from worker.simulator.world.company import Company
from worker.simulator.world.pages import description
from worker.simulator.world.reviews import Review


def product(company: Company, review_count: int, stars: float | None) -> dict[str, Any]:
    address = f"https://www.g2.example/products/{company.slug}"
    return {
        "id": _id(company.key, "product"),
        "type": "products",
        "attributes": {
            "type": "Software",
            "name": company.name,
            "slug": company.slug,
            "domain": company.domain,
            "public_detail_url": f"https://{company.domain}",
            "g2_url": f"{address}/reviews",
            "write_review_url": f"{address}/take_survey",
            "detail_description": f"{description(company)} (Simulated product.)",
            "image_url": None,
            "pricing_tiers": [f"{plan.name} ({plan.price})" for plan in company.plans],
            "review_count": review_count,
            "star_rating": stars,
        },
        "relationships": {
            "vendor": {"data": {"id": _id(company.key, "vendor"), "type": "vendors"}}
        },
    }


def review(company: Company, given: Review) -> dict[str, Any]:
    slug = f"{company.slug}-review-{given.number}"
    moment = f"{given.submitted}T09:12:00.000-05:00"
    return {
        "id": _id(company.key, "review", str(given.number)),
        "type": "reviews",
        "attributes": {
            "title": given.title,
            "star_rating": given.stars,
            "answers": _answers(given),
            "product_name": company.name,
            "slug": slug,
            "url": f"https://www.g2.example/products/{company.slug}/reviews/{slug}",
            "source": "Simulated review.",
            "submitted_at": moment,
            "published_at": moment,
            "user_updated_at": moment,
            "country_name": given.country,
            "regions": ["Europe"],
            "is_public": True,
            "verified_current_user": True,
            "review_incentive": False,
            "comments_present": False,
            "official_response_present": False,
            "percent_complete": 0.9,
            "default_sort": 0.8,
            "attribution": {
                "text": "Simulated by plinthctl",
                "url": f"https://www.g2.example/products/{company.slug}",
                "logo": "https://www.g2.example/logo.svg",
            },
        },
    }


def _answers(given: Review) -> dict[str, Any]:
    return {
        "love": {"text": "What do you like best?", "value": given.liked},
        "hate": {"text": "What do you dislike?", "value": given.disliked},
        "recommendations": {"text": "Recommendations to others?", "value": None},
        "benefits": {"text": "What problems does it solve?", "value": given.benefits},
    }


def _id(*words: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, ".".join(("plinthctl", *words))))

import pytest

from worker.providers.g2 import next_page
from worker.providers.g2_match import Product, host_of, look_ups

BY_DOMAIN, BY_NAME, BY_QUERY = look_ups("Acme Corp", "https://www.acme.com/en")


def product(identifier, *, name="", domain=None, reviews=0):
    facts = {"name": name, "domain": domain, "review_count": reviews}
    return Product.model_validate({"id": identifier, "attributes": facts})


def chosen(look_up, *found):
    best = look_up.choose(found)
    return best.id if best else None


def test_the_company_is_looked_for_by_domain_then_name_then_query():
    assert [look_up.params[0] for look_up in look_ups("Acme Corp", "https://www.acme.com/en")] == [
        ("filter[public_detail_url_cont][]", "acme.com"),
        ("filter[product_name_eq]", "Acme Corp"),
        ("filter[query]", "Acme Corp"),
    ]


def test_a_name_of_one_letter_is_not_asked_for():
    assert len(look_ups("X", "https://x.com")) == 1


@pytest.mark.parametrize(
    ("domain", "is_ours"),
    [
        pytest.param("acme.com", True, id="the same"),
        pytest.param("WWW.Acme.com", True, id="the same, written otherwise"),
        pytest.param("notacme.com", False, id="one that only contains it"),
        pytest.param("acme.com.evil.example", False, id="one that only begins with it"),
        pytest.param("com", False, id="a top-level domain"),
        pytest.param(None, False, id="none"),
    ],
)
def test_a_product_is_the_companys_by_its_domain(domain, is_ours):
    assert chosen(BY_DOMAIN, product("p", domain=domain)) == ("p" if is_ours else None)


def test_among_several_the_most_reviewed_is_taken():
    few, many = product("few", reviews=2), product("many", reviews=9)
    assert chosen(BY_NAME, few, many) == "many"


@pytest.mark.parametrize(
    ("top", "is_taken"),
    [
        pytest.param("Acme Corp", True, id="the same name"),
        pytest.param("ACME-Corp Analytics", True, id="a name that holds it"),
        pytest.param("Acme Corporation", False, id="a longer word"),
        pytest.param("Other", False, id="another name"),
    ],
)
def test_of_a_query_only_the_top_hit_counts_and_only_by_its_name(top, is_taken):
    found = (product("top", name=top), product("second", name="Acme Corp"))
    assert chosen(BY_QUERY, *found) == ("top" if is_taken else None)


def test_nothing_found_is_no_product():
    assert [chosen(look_up) for look_up in (BY_DOMAIN, BY_NAME, BY_QUERY)] == [None] * 3


def test_a_subdomain_belongs_to_the_products_domain():
    (by_domain, *_) = look_ups("Acme", "https://shop.acme.com")
    assert chosen(by_domain, product("p", domain="acme.com")) == "p"


def test_the_host_is_read_without_its_www():
    assert host_of("https://www.Acme.com:8080/x") == "acme.com"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        pytest.param(None, None, id="no link is the end"),
        pytest.param(
            "https://evil.example/steal?page%5Bafter%5D=abc&page%5Bsize%5D=1",
            [("page[after]", "abc"), ("page[size]", "1")],
            id="only the query of a foreign link is taken",
        ),
        pytest.param("https://data.g2.com/api", None, id="a link without a query is the end"),
        pytest.param("http://[", None, id="a broken link is the end"),
    ],
)
def test_the_next_page(link, expected):
    assert next_page(link) == expected

"""The simulated G2: contracts/g2.md."""

from urllib.parse import parse_qsl, urlsplit

import pytest


def _product(ask, key="filter[public_detail_url_cont][]", value="acme.com"):
    return ask.g2("products", (key, value)).json()["data"][0]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("filter[public_detail_url_cont][]", "acme.com", id="by domain"),
        pytest.param("filter[product_name_eq]", "Acme Corp", id="by name"),
        pytest.param("filter[query]", "ACME, Inc.", id="by search"),
        pytest.param("filter[product_name_eq]", "Acme.com", id="by a name that is an address"),
        pytest.param("filter[slug][]", "acme", id="by slug"),
    ],
)
def test_however_it_is_looked_for_it_is_the_same_product(ask, key, value):
    assert _product(ask, key, value)["id"] == _product(ask)["id"]


def test_a_product_has_the_domain_it_was_looked_for_by(ask):
    attributes = _product(ask)["attributes"]
    assert attributes["domain"] == "acme.com"
    assert attributes["name"] == "Acme"


def test_a_host_under_invalid_has_no_product(ask):
    answer = ask.g2("products", ("filter[public_detail_url_cont][]", "nosuchfirm.invalid"))
    assert answer.json()["data"] == []


def test_reviews_are_as_many_as_the_product_says_by_id_and_by_slug(ask):
    product = _product(ask)
    by_id = ask.g2(f"products/{product['id']}/reviews").json()["data"]
    by_slug = ask.g2("products/acme/reviews").json()["data"]
    assert len(by_id) == product["attributes"]["review_count"]
    assert by_id == by_slug
    assert by_id[0]["attributes"]["answers"]["love"]["value"]
    assert by_id[0]["attributes"]["source"] == "Simulated review."


def test_pages_follow_the_cursor_to_the_end_without_repeats(ask):
    whole = [one["id"] for one in ask.g2("products/acme/reviews").json()["data"]]
    params, seen = [("page[size]", "4")], []
    while params:
        body = ask.g2("products/acme/reviews", *params).json()
        assert len(body["data"]) <= 4
        seen += [one["id"] for one in body["data"]]
        params = parse_qsl(urlsplit(body["links"]["next"] or "").query)
    assert seen == whole


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        pytest.param("filter[slug][0]", "acme", "must be an array", id="an indexed bracket"),
        pytest.param("filter[slug]", "acme", "must be an array", id="no bracket"),
        pytest.param("filter[product_name_eq][]", "a", "Invalid parameter", id="needless bracket"),
        pytest.param("filter[colour]", "red", "Invalid parameter", id="an unknown filter"),
        pytest.param("filter[query]", "a", "cannot be less than 2", id="a short query"),
        pytest.param("page[size]", "251", "page[size]", id="too large a page"),
        pytest.param("page[number]", "2", "Invalid parameter", id="paging of version 1"),
        pytest.param("page[after]", "!", "page[after]", id="a cursor that is none"),
    ],
)
def test_a_wrong_parameter_is_400(ask, key, value, said):
    answer = ask.g2("products", ("filter[query]", "acme"), (key, value))
    assert answer.status_code == 400
    assert said in answer.json()["errors"][0]["title"]


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer other"}])
def test_without_the_right_token_it_is_401(ask, headers):
    answer = ask.g2("products", ("filter[query]", "acme"), headers=headers)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["title"] == "Bad Credentials"


def test_an_id_that_was_never_given_out_is_404(ask):
    assert ask.g2("products/00000000-0000-4000-8000-000000000001/reviews").status_code == 404


@pytest.mark.parametrize(
    ("fault", "status", "said"),
    [
        pytest.param("bad_request", 400, "Invalid parameter", id="bad request"),
        pytest.param("unauthorized", 401, "Bad Credentials", id="token refused"),
        pytest.param("no_scope", 403, "scope", id="token without the scope"),
        pytest.param("not_in_plan", 403, "current plan", id="not in the plan"),
        pytest.param("no_access", 403, "do not have access", id="product not covered"),
        pytest.param("not_found", 404, "Not Found", id="not found"),
        pytest.param("rate_limited", 429, "Too Many", id="rate limited"),
        pytest.param("server_error", 500, "Internal", id="server error"),
        pytest.param("unavailable", 503, "temporarily unavailable", id="unavailable"),
    ],
)
def test_a_fault_has_its_status_and_title(ask, fault, status, said):
    ask.control.fault("g2", fault)
    answer = ask.g2("products/acme/reviews")
    assert answer.status_code == status
    assert said in answer.json()["errors"][0]["title"]


@pytest.mark.parametrize(("fault", "status"), [("blocked", 403), ("rate_limited_html", 429)])
def test_the_edge_answers_html(ask, fault, status):
    ask.control.fault("g2", fault)
    answer = ask.g2("products/acme/reviews")
    assert (answer.status_code, answer.text[:6]) == (status, "<html>")


def test_small_pages_can_be_followed_to_the_end(ask):
    whole = [one["id"] for one in ask.g2("products/acme/reviews").json()["data"]]
    ask.control.fault("g2", "small_pages")
    first = ask.g2("products/acme/reviews").json()
    rest = ask.g2("products/acme/reviews", *parse_qsl(urlsplit(first["links"]["next"]).query))
    assert [one["id"] for one in [*first["data"], *rest.json()["data"]]] == whole


def test_a_next_page_may_point_elsewhere(ask):
    ask.control.fault("g2", "foreign_next")
    link = ask.g2("products/acme/reviews").json()["links"]["next"]
    assert urlsplit(link).hostname == "elsewhere.invalid"


def test_answers_may_be_missing_ratings_null_and_candidates_two(ask):
    for fault in ("sparse_answers", "null_rating", "two_candidates"):
        ask.control.fault("g2", fault)
    sparse = ask.g2("products/acme/reviews").json()["data"]
    unrated = _product(ask)
    two = ask.g2("products", ("filter[query]", "Acme")).json()["data"]
    assert all("hate" not in one["attributes"]["answers"] for one in sparse)
    assert unrated["attributes"]["star_rating"] is None
    assert [one["attributes"]["name"] for one in two] == ["Namesake", "Acme"]

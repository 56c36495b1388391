import pytest

from plinthctl.domain.addresses import same_page, strange_addresses

KNOWN = ["https://wire.example/frost/prices", "http://www.farm.example/?page=2"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("https://a.example/b", "http://www.a.example/b/#c", True, id="one page"),
        pytest.param("https://a.example", "https://A.example/", True, id="the front page"),
        pytest.param("https://a.example/b", "https://a.example/B", False, id="another path"),
        pytest.param("https://a.example/?b=1", "https://a.example/?b=2", False, id="another query"),
        pytest.param("https://a.example", "https://b.example", False, id="another host"),
        pytest.param("https://[a", "https://[a", True, id="no address at all"),
    ],
)
def test_addresses_of_one_page_have_something_in_common(one: str, other: str, same: bool) -> None:
    assert (same_page(one) == same_page(other)) is same


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        pytest.param("Frost costs 15 % of the harvest.", (), id="none at all"),
        pytest.param("As https://wire.example/frost/prices says.", (), id="a known one"),
        pytest.param("(see www.farm.example/?page=2).", (), id="a known one by another spelling"),
        pytest.param("See https://evil.example/buy, now.", ("https://evil.example/buy",), id="not"),
        pytest.param("[here](HTTPS://EVIL.example)", ("HTTPS://EVIL.example",), id="in Markdown"),
        pytest.param("Visit WWW.evil.example!", ("WWW.evil.example",), id="without a scheme"),
        pytest.param(
            "https://wire.example/frost/prices?to=evil",
            ("https://wire.example/frost/prices?to=evil",),
            id="a known page with something added",
        ),
        pytest.param(
            "javascript://x and data://y", ("javascript://x", "data://y"), id="any scheme"
        ),
        pytest.param("Ask Acme.com or mail@acme.com.", (), id="names are no addresses"),
    ],
)
def test_an_address_that_nobody_found_is_strange(text: str, strange: tuple[str, ...]) -> None:
    assert strange_addresses(text, KNOWN) == strange

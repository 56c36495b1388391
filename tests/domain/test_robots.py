import pytest

from plinthctl.domain.robots import may_read, rules_for

SHOP = """\
# Of a shop.
User-agent: evilbot
Disallow: /

User-Agent: PlinthCtl
user-agent: other
Disallow: /cart   # of customers
Allow: /cart/help
Crawl-delay: 10

User-agent: *
Sitemap: https://a.example/sitemap.xml
Disallow: /private/
"""


@pytest.mark.parametrize(
    ("agent", "path", "allowed"),
    [
        pytest.param("plinthctl", "/", True, id="what no rule is about"),
        pytest.param("plinthctl", "/cart?id=1", False, id="what begins like a rule"),
        pytest.param("plinthctl", "/cart/help", True, id="the longer rule decides"),
        pytest.param("plinthctl", "/private/", True, id="whoever has rules has no others'"),
        pytest.param("other", "/cart", False, id="two agents share rules"),
        pytest.param("evilbot", "/cart/help", False, id="somebody else's rules"),
        pytest.param("somebody", "/private/x", False, id="anybody's rules"),
        pytest.param("somebody", "/%70rivate/x", False, id="however a path is written"),
    ],
)
def test_a_robots_file_is_read_for_one_agent(agent: str, path: str, allowed: bool) -> None:
    assert may_read(rules_for(agent, SHOP), path) is allowed


@pytest.mark.parametrize(
    ("line", "path", "allowed"),
    [
        pytest.param("Disallow:", "/x", True, id="nothing is forbidden"),
        pytest.param("Disallow: /", "/", False, id="all is"),
        pytest.param("Disallow: *.pdf$", "/a/b.pdf", False, id="an ending"),
        pytest.param("Disallow: *.pdf$", "/a/b.pdf?x", True, id="not quite the ending"),
        pytest.param("Disallow: /a$", "/a", False, id="one page only"),
        pytest.param("Disallow: /a$", "/ab", True, id="and no longer one"),
        pytest.param("Disallow: /a*z", "/abcz1", False, id="a star stands for anything"),
        pytest.param("Disallow: /a*z", "/abc", True, id="but not for what follows it"),
        pytest.param("Disallow: /a*b*c$", "/axbxcxc", False, id="the end is the last of several"),
        pytest.param("Disallow: /ab*b$", "/ab", True, id="nothing is counted twice"),
        pytest.param("Disallow: /a*$", "/abc", False, id="a star at the end"),
        pytest.param("Disallow: /a\nAllow: /a", "/a", True, id="of two as long, the kinder"),
        pytest.param("Disallow: " + "/*a" * 100_000, "/a" * 1000, True, id="a rule of stars"),
        pytest.param("<html>nonsense</html>", "/", True, id="no robots file at all"),
    ],
)
def test_a_rule(line: str, path: str, allowed: bool) -> None:
    assert may_read(rules_for("plinthctl", f"User-agent: *\n{line}"), path) is allowed


def test_a_rule_of_nobody_is_of_nobody() -> None:
    assert may_read(rules_for("plinthctl", "Disallow: /"), "/")

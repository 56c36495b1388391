import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.inputs import (
    MAX_DEPTH,
    MAX_INPUT_BYTES,
    MAX_ITEMS,
    MAX_TEXT_CHARS,
    CompetitorAnalysisInput,
    EvidenceSearchInput,
    MarketResearchInput,
    check_shape,
    example_flags,
    field_problem,
    missing_fields,
    parse,
    parse_json_object,
    web_address,
)
from plinthctl.errors import ExitCode, InvalidInput, MissingInput

ACME = {"company_name": "Acme Corp", "company_url": "https://acme.com"}


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("https://acme.com", id="a host"),
        pytest.param("http://www.acme.co.uk/about?x=1#top", id="a page"),
        pytest.param("https://acme.com.", id="a host with the root's dot"),
        pytest.param("https://acme.com:8443/", id="a port"),
        pytest.param("HTTPS://ACME.COM", id="capitals"),
        pytest.param("https://münchen-orchards.de/äpfel", id="letters beyond ASCII"),
        pytest.param("https://xn--mnchen-3ya.de", id="the same in punycode"),
        pytest.param("https://nosuchfirm.invalid", id="a host that does not exist"),
        pytest.param("https://3com.com", id="a name that begins with a digit"),
    ],
)
def test_addresses_of_public_hosts_are_taken_as_typed(address: str) -> None:
    assert web_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("acme", id="a word"),
        pytest.param("acme.com", id="no scheme"),
        pytest.param("//acme.com", id="a scheme left out"),
        pytest.param("http:acme.com", id="no slashes"),
        pytest.param("https://", id="no host"),
        pytest.param("https://...", id="dots are no host"),
        pytest.param("https://a..b.com", id="an empty label"),
        pytest.param(f"https://{'a' * 300}.com", id="a label of 300 characters"),
        pytest.param(f"https://{'a.' * 130}com", id="a host of 263 characters"),
        pytest.param("file:///etc/passwd", id="a file"),
        pytest.param("gopher://acme.com/", id="gopher"),
        pytest.param("javascript:alert(1)", id="a script"),
        pytest.param("https://acme.com:99999/", id="no such port"),
        pytest.param("https://acme.com:port/", id="a port in words"),
        pytest.param("https://acme.com/a b", id="a space"),
        pytest.param("https://acme.com/\tx", id="a tab"),
        pytest.param("https://acme.com/\r\nHost: evil.com", id="a line's end"),
        pytest.param("https://acme\x00.com", id="a NUL"),
        pytest.param("https://acme\x1b[2J.com", id="a terminal's escape"),
        pytest.param("https://acme\N{ZERO WIDTH SPACE}.com", id="an invisible character"),
        pytest.param("https://\N{RIGHT-TO-LEFT OVERRIDE}moc.emca", id="a turned writing direction"),
        pytest.param(r"https://evil.com\.acme.com", id="a backslash, a slash to browsers"),
        pytest.param("http://localhost", id="this machine by name"),
        pytest.param("http://LOCALHOST/", id="in capitals"),
        pytest.param("http://localhost./", id="with the root's dot"),
        pytest.param("http://127.0.0.1", id="this machine by number"),
        pytest.param("http://169.254.169.254/latest", id="a cloud's metadata"),
        pytest.param("http://127.1", id="two parts"),
        pytest.param("http://2130706433", id="one number"),
        pytest.param("http://0x7f000001", id="one in hexadecimal"),
        pytest.param("http://0x7f.1", id="hexadecimal and short"),
        pytest.param("http://0177.0.0.1", id="octal"),
        pytest.param("http://017700000001", id="one in octal"),
        pytest.param("http://0", id="nothing, which is this machine"),
        pytest.param("http://①②⑦.⓪.⓪.①", id="circled digits"),
        pytest.param("http://１２７.０.０.１", id="full-width digits"),
        pytest.param("http://１２７．０．０．１", id="full-width dots"),
        pytest.param("http://127。0。0。1", id="ideographic dots"),
        pytest.param("http://[::1]/", id="IPv6"),
        pytest.param("http://[::]/", id="IPv6 of everything"),
        pytest.param("http://[fe80::1%25lo]/", id="IPv6 of a link"),
        pytest.param("http://[::ffff:127.0.0.1]/", id="IPv4 in IPv6"),
        pytest.param("http://[64:ff9b::169.254.169.254]/", id="IPv4 behind NAT64"),
        pytest.param("http://[v1.fe80]/", id="an address of a future kind"),
        pytest.param("http://good.com@127.0.0.1/", id="a user name that looks like a host"),
        pytest.param("http://good.com\\@127.0.0.1/", id="behind a backslash"),
        pytest.param("http://127.0.0.1:80@good.com", id="a host that is a user name"),
        pytest.param("https://ana:secret@acme.com", id="credentials"),
    ],
)
def test_what_names_no_public_host_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"http\(s\)|public host|password"):
        web_address(address)


@given(st.text())
def test_any_other_text_is_an_address_or_refused(text: str) -> None:
    try:
        taken = web_address(text)
    except ValueError:
        return
    assert taken.lower().startswith(("http://", "https://"))
    assert taken.isprintable()


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        pytest.param(
            {**ACME, "company_url": "acme"},
            'company_url: "acme" is not an http(s) address',
            id="no address",
        ),
        pytest.param(
            {**ACME, "company_nam": "x"}, 'there is no field "company_nam"', id="no such field"
        ),
        pytest.param({**ACME, "company_name": "   "}, 'company_name: "   " is empty', id="blank"),
        pytest.param({**ACME, "company_name": 7}, "company_name: 7 is not text", id="a number"),
        pytest.param({**ACME, "company_name": None}, "company_name: null is not text", id="null"),
        pytest.param(
            {**ACME, "company_name": "x" * 201}, "is longer than 200 characters", id="a long name"
        ),
        pytest.param(
            {"compny_name": "x", "company_url": "https://acme.com"},
            'there is no field "compny_name"; competitor_analysis needs company_name',
            id="misspelt: it is told before what is missing for it",
        ),
        pytest.param(
            {**ACME, "company_name": "x" * 2001}, "at most 2,000 are taken", id="text too long"
        ),
        pytest.param(
            {"company_name": "x", "company_url": "x", "more": 1},
            'there is no field "more"',
            id="two mistakes are both told",
        ),
    ],
)
def test_wrong_input_is_told_in_our_words(given_: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(CompetitorAnalysisInput, given_, job_type="competitor_analysis")
    assert words in caught.value.message
    assert "pydantic" not in caught.value.message
    assert caught.value.exit_code is ExitCode.USAGE


def test_missing_input_comes_with_a_line_to_paste() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(CompetitorAnalysisInput, {}, job_type="competitor_analysis")
    assert caught.value.message == "competitor_analysis needs company_name and company_url"
    assert caught.value.fix == (
        "plinthctl submit competitor_analysis "
        '-i company_name="Acme Corp" -i company_url=https://acme.com'
    )
    assert caught.value.details == {"missing": ["company_name", "company_url"]}


def test_the_flags_for_what_is_missing_repeat_nothing_that_was_given() -> None:
    with pytest.raises(MissingInput) as caught:
        parse(CompetitorAnalysisInput, {"company_name": "Léa's"}, job_type="competitor_analysis")
    assert caught.value.flags == "-i company_url=https://acme.com"


def test_a_misspelt_field_names_the_nearest() -> None:
    given_ = {"compny_name": "x", "url": "https://acme.com", "zzz": 1}
    with pytest.raises(InvalidInput) as caught:
        parse(CompetitorAnalysisInput, given_, job_type="competitor_analysis")
    assert caught.value.why == "did you mean company_name?"


def test_input_is_trimmed_and_completed_with_defaults() -> None:
    padded = {"company_name": "  Acme Corp ", "company_url": " https://acme.com\n"}
    taken = parse(CompetitorAnalysisInput, padded, job_type="competitor_analysis")
    assert taken.model_dump() == ACME
    research = parse(MarketResearchInput, {"topic": "sensors"}, job_type="market_research")
    assert research.model_dump()["max_items"] == 10


@pytest.mark.parametrize(
    ("max_items", "problem"),
    [
        pytest.param(0, "max_items: 0 is below 1", id="none"),
        pytest.param(1, None, id="one"),
        pytest.param(25, None, id="25"),
        pytest.param(26, "max_items: 26 is above 25", id="26"),
        pytest.param("7", None, id="a number as a command line writes it"),
        pytest.param("x", 'max_items: "x" is not a whole number', id="a word"),
        pytest.param(2.5, "max_items: 2.5 is not a whole number", id="half an item"),
        pytest.param(True, "max_items: true is not a number", id="true is not 1"),
    ],
)
def test_items_are_1_to_25(max_items: Any, problem: str | None) -> None:
    assert field_problem(EvidenceSearchInput, "max_items", max_items) == problem


@pytest.mark.parametrize(
    ("since", "wrong"),
    [
        pytest.param("2026-01-01", False, id="a day"),
        pytest.param("yesterday", True, id="a word"),
        pytest.param("2026-02-30", True, id="a day that is none"),
        pytest.param("2026-01-01T09:30", True, id="a time of a day"),
        pytest.param([], True, id="a list"),
    ],
)
def test_since_is_a_day(since: Any, wrong: bool) -> None:
    problem = field_problem(EvidenceSearchInput, "since", since)
    assert (problem or "").endswith(" is not a day, such as 2026-01-01") is wrong


def test_one_fields_problem_is_told_without_the_others() -> None:
    assert field_problem(CompetitorAnalysisInput, "company_name", "Acme") is None
    assert field_problem(CompetitorAnalysisInput, "company_url", "acme") == (
        'company_url: "acme" is not an http(s) address'
    )


def test_missing_fields_are_the_required_ones_in_order() -> None:
    assert missing_fields(MarketResearchInput, {}) == ["topic"]
    assert missing_fields(CompetitorAnalysisInput, {"company_url": ""}) == ["company_name"]


def test_an_example_with_a_space_is_quoted_for_the_shell() -> None:
    assert example_flags(MarketResearchInput) == '-i topic="orchard sensors"'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("{", "not JSON", id="cut off"),
        pytest.param("", "not JSON", id="empty"),
        pytest.param("topic=x", "not JSON", id="another notation"),
        pytest.param("[1]", "must be a JSON object", id="a list"),
        pytest.param('"x"', "must be a JSON object", id="text"),
        pytest.param("null", "must be a JSON object", id="null"),
        pytest.param('{"a": NaN}', "NaN is not a JSON number", id="not a number"),
        pytest.param('{"a": -Infinity}', "-Infinity is not", id="infinity"),
        pytest.param('{"a": 1, "a": 2}', 'the key "a" is there twice', id="a key twice"),
        pytest.param('{"a": {"b": 1, "b": 2}}', 'the key "b" is', id="twice further in"),
        pytest.param("[" * 60_000, "nested too deeply", id="60,000 brackets"),
        pytest.param(f'{{"a": "{"x" * MAX_INPUT_BYTES}"}}', "larger than 64 kB", id="64 kB"),
        pytest.param('{"a": ' + "9" * 5000 + "}", "not JSON", id="a number of 5,000 digits"),
    ],
)
def test_json_that_is_no_input_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words.replace("(", r"\(")):
        parse_json_object(text)


def test_json_that_is_an_object_is_read() -> None:
    assert parse_json_object('{"topic": "s\\u00e4fte", "max_items": 3}') == {
        "topic": "säfte",
        "max_items": 3,
    }


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"in": value}
    return value


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"a": "x" * MAX_TEXT_CHARS}, id="2,000 characters"),
        pytest.param({"a": [0] * MAX_ITEMS}, id="100 items"),
        pytest.param(nested(MAX_DEPTH), id="8 levels"),
        pytest.param({"a": 1e308, "b": None, "c": True}, id="other values"),
    ],
)
def test_input_within_bounds_is_taken(value: dict[str, Any]) -> None:
    check_shape(value)
    assert json.loads(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param({"a": "x" * (MAX_TEXT_CHARS + 1)}, "2,001 characters", id="a text too long"),
        pytest.param({"x" * (MAX_TEXT_CHARS + 1): 1}, "2,001 characters", id="a key too long"),
        pytest.param({"a": [0] * (MAX_ITEMS + 1)}, "more than 100 items", id="101 items"),
        pytest.param({str(n): 0 for n in range(101)}, "more than 100 items", id="101 keys"),
        pytest.param(nested(MAX_DEPTH + 1), "deeper than 8 levels", id="9 levels"),
        pytest.param({"a": float("nan")}, "not finite", id="no number"),
        pytest.param({"a": [float("inf")]}, "not finite", id="infinity further in"),
        pytest.param({"a": "\ud800"}, "valid Unicode", id="half a character"),
        pytest.param({"\udfff": 1}, "valid Unicode", id="half a character as a key"),
    ],
)
def test_input_out_of_bounds_is_refused(value: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        check_shape(value)

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plinthctl.domain.networks import is_public


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("93.184.215.14", id="a website's"),
        pytest.param("8.8.8.8", id="a name server's"),
        pytest.param("100.63.255.255", id="just below the carriers'"),
        pytest.param("172.32.0.1", id="just above a private network"),
        pytest.param("223.255.255.255", id="the last before multicast"),
        pytest.param("2606:2800:21f:cb07:6820:80da:af6b:8b2c", id="IPv6"),
        pytest.param("2a00:1450:4001:80b::200e", id="IPv6 of Europe"),
        pytest.param("::ffff:8.8.8.8", id="a public one, mapped"),
        pytest.param("64:ff9b::8.8.8.8", id="a public one, by NAT64"),
        pytest.param("2002:808:808::1", id="a public one, by 6to4"),
    ],
)
def test_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="this machine"),
        pytest.param("127.255.255.254", id="this machine, another"),
        pytest.param("0.0.0.0", id="any address of this machine"),
        pytest.param("10.1.2.3", id="private, 10/8"),
        pytest.param("172.31.255.255", id="private, 172.16/12"),
        pytest.param("192.168.0.1", id="private, 192.168/16"),
        pytest.param("169.254.169.254", id="metadata of most clouds"),
        pytest.param("100.100.100.200", id="metadata behind a carrier's NAT"),
        pytest.param("192.0.0.192", id="metadata among the protocol assignments"),
        pytest.param("168.63.129.16", id="a cloud's agent at a public address"),
        pytest.param("100.64.0.1", id="a carrier's NAT"),
        pytest.param("192.0.2.1", id="documentation"),
        pytest.param("198.18.0.1", id="benchmarks"),
        pytest.param("224.0.0.1", id="multicast, which Python 3.11 calls global"),
        pytest.param("255.255.255.255", id="broadcast"),
        pytest.param("240.0.0.1", id="reserved"),
        pytest.param("::", id="IPv6, none"),
        pytest.param("::1", id="IPv6, this machine"),
        pytest.param("fe80::1", id="IPv6, link-local"),
        pytest.param("fe80::1%lo", id="IPv6 with a zone"),
        pytest.param("2606:2800:21f::1%eth0", id="IPv6, public but for its zone"),
        pytest.param("fc00::1", id="IPv6, private"),
        pytest.param("fd00:ec2::254", id="IPv6, metadata"),
        pytest.param("fec0::1", id="IPv6, site-local"),
        pytest.param("ff02::1", id="IPv6, multicast"),
        pytest.param("2001:db8::1", id="IPv6, documentation"),
        pytest.param("3fff::1", id="IPv6, documentation of late"),
        pytest.param("2001::1", id="IPv6, Teredo"),
        pytest.param("100::1", id="IPv6, a drain"),
        pytest.param("5f00::1", id="IPv6, segment routing"),
        pytest.param("::ffff:127.0.0.1", id="mapped"),
        pytest.param("::ffff:0:127.0.0.1", id="translated"),
        pytest.param("::127.0.0.1", id="compatible"),
        pytest.param("64:ff9b::169.254.169.254", id="NAT64"),
        pytest.param("64:ff9b:1::7f00:1", id="NAT64 of a local network"),
        pytest.param("2002:7f00:1::", id="6to4"),
        pytest.param("acme.com", id="a name"),
        pytest.param("127.1", id="a short form, which no resolver answers with"),
        pytest.param("", id="nothing"),
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_not_public_however_it_is_wrapped(
    number: ipaddress.IPv4Address,
) -> None:
    six_to_four = ipaddress.IPv6Address((0x2002 << 112) | (int(number) << 80))
    forms = (str(number), f"::ffff:{number}", f"64:ff9b::{number}", str(six_to_four))
    assert len({is_public(form) for form in forms}) == 1
    if not number.is_global or number.is_multicast:
        assert not is_public(str(number))


@given(st.ip_addresses(v=6))
def test_what_python_calls_private_is_not_public_in_ipv6(number: ipaddress.IPv6Address) -> None:
    if number.sixtofour is None and (number.is_private or number.is_multicast):
        assert not is_public(str(number))

"""Which network addresses are anybody's on the public internet, and which are not."""

import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

WEB_PORTS: Final = frozenset({80, 443})

# Our own list: what `is_global` says differs between versions of Python, and on 3.11 it is
# true of multicast, of NAT64 and of addresses that only wrap a private one.
# Source: IANA IPv4 Special-Purpose Address Registry, and its parent for 224/3.
_NOT_PUBLIC_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network; 0.0.0.0 dials this machine
            "10.0.0.0/8",
            "100.64.0.0/10",  # behind a carrier's NAT; 100.100.100.200 is a metadata service
            "127.0.0.0/8",
            "168.63.129.16/32",  # a cloud's agent, at an address that looks public
            "169.254.0.0/16",  # link-local; 169.254.169.254 is a metadata service
            "172.16.0.0/12",
            "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is a metadata service
            "192.0.2.0/24",
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",  # multicast, reserved, broadcast
        ),
    )
)
# Of IPv6 only what IANA has opened for general use, without what it took out again.
_PUBLIC_V6: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_V6: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, ORCHID
            "2001:db8::/32",
            "2002::/16",  # 6to4: what it wraps is looked at instead
            "3fff::/20",
        ),
    )
)
_WRAPS_AT_ITS_END: Final = tuple(
    map(
        IPv6Network,
        (
            "::ffff:0:0/96",  # mapped
            "::ffff:0:0:0/96",  # translated
            "64:ff9b::/96",  # NAT64, what a resolver answers where there is no IPv4
        ),
    )
)
_LAST_32_BITS: Final = 0xFFFF_FFFF


def is_public(address: str) -> bool:
    """Whether a literal address, as a resolver gives it, may be dialled for anybody.

    What is no address is not public. Addresses that wrap an IPv4 address are as
    public as that. An IPv6 address with a zone is of one link, never public.
    """
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(number, IPv4Address):
        return _is_public_v4(number)
    return number.scope_id is None and _is_public_v6(number)


def _is_public_v4(number: IPv4Address) -> bool:
    return not any(number in network for network in _NOT_PUBLIC_V4)


def _is_public_v6(number: IPv6Address) -> bool:
    wrapped = number.sixtofour
    if any(number in network for network in _WRAPS_AT_ITS_END):
        wrapped = IPv4Address(int(number) & _LAST_32_BITS)
    if wrapped is not None:
        return _is_public_v4(wrapped)
    return number in _PUBLIC_V6 and not any(number in network for network in _NOT_PUBLIC_V6)

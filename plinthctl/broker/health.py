"""What the bell says of itself; nothing is started and nothing changed."""

import shlex
import time
from typing import Any

from plinthctl.broker import links
from plinthctl.broker.address import Address
from plinthctl.broker.places import Place
from plinthctl.broker.trouble import ERRORS, words
from plinthctl.domain.checkup import BellFacts


def examine(place: Place, *, embedded: bool) -> BellFacts:
    """The bell that hangs in this place now."""
    address = place.find()
    if address is None:
        return BellFacts(None, embedded=embedded)
    orphan = place.is_orphan()
    began_s = time.monotonic()
    try:
        policy = _policy(address)
    except ERRORS as error:
        return BellFacts(address.shown, words(error), embedded=embedded)
    return BellFacts(
        address.shown,
        embedded=embedded,
        orphan=orphan,
        exposed=address.exposed,
        tls=bool(address.options.get("ssl")),
        policy=policy,
        took_s=time.monotonic() - began_s,
        client=_client(address),
    )


def _policy(address: Address) -> str | None:
    """What the server does when it is full; None: this user may not know."""
    with links.client(address) as client:
        client.ping()
        try:
            memory: Any = client.info("memory")
        except ERRORS:
            return None
    policy = memory.get("maxmemory_policy")
    return policy if isinstance(policy, str) else None


def _client(address: Address) -> str:
    options = address.options
    if "unix_socket_path" in options:
        return shlex.join(["redis-cli", "-s", str(options["unix_socket_path"])])
    tls = ["--tls"] if options.get("ssl") else []
    return shlex.join(["redis-cli", "-h", options["host"], "-p", str(options["port"]), *tls])

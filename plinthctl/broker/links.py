"""Connections to the bell, with time limits on everything and no retries of their own."""

from typing import TYPE_CHECKING, Any, Final

from plinthctl.broker.address import Address

if TYPE_CHECKING:
    from arq.connections import ArqRedis
    from redis import Redis

CONNECT_S: Final = 1.0
ANSWER_S: Final = 1.0  # a frozen server holds up a submit no longer than both together
NAME: Final = "plinthctl"


def client(address: Address) -> "Redis":
    """A client for one thread after another. Raises nothing: it connects when it is used."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Redis(**_options(address), retry=Retry(NoBackoff(), 0))


def pool(address: Address) -> "ArqRedis":
    """arq's client for the running loop, with our codec."""
    from arq.connections import ArqRedis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    from plinthctl.broker import codec

    return ArqRedis(
        job_serializer=codec.dumps,
        job_deserializer=codec.loads,
        **_options(address),
        retry=Retry(NoBackoff(), 0),
    )


def _options(address: Address) -> dict[str, Any]:
    return {
        **address.options,
        "socket_connect_timeout": CONNECT_S,
        "socket_timeout": ANSWER_S,
        "socket_keepalive": None if "unix_socket_path" in address.options else True,
        "client_name": NAME,
        # Not said at each connection: two round trips that an ACL may refuse.
        "lib_name": None,
        "lib_version": None,
    }

"""Tells one message through Apprise. Run as a program: what to do stands on stdin."""

import json
import logging
import sys
from typing import Any

import apprise


def push(asked: dict[str, Any]) -> str | None:
    """Why it was not taken; None: it was. The address is not repeated."""
    logging.disable(logging.CRITICAL)  # its messages may hold addresses
    bell = apprise.Apprise()
    if not bell.add(asked["url"]):
        return "is no address that Apprise knows"
    for service in bell:
        service.socket_connect_timeout = service.socket_read_timeout = asked["within_s"]
    taken = bell.notify(asked["body"], asked["title"], asked["kind"])
    return None if taken else "Apprise could not deliver it"


def main() -> int:
    """Do what stdin asks for; the reason why not is the last line of stderr."""
    try:
        failure = push(json.load(sys.stdin))
    except Exception as error:  # noqa: BLE001 - its text may hold the address
        failure = f"Apprise broke: {type(error).__name__}"
    if failure is not None:
        sys.stderr.write(failure + "\n")
    return int(failure is not None)


if __name__ == "__main__":
    sys.exit(main())

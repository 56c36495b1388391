"""Posts one message as JSON. Run as a program: what to do stands on stdin."""

import asyncio
import json
import sys
from typing import Any

import httpx


async def post(url: str, payload: dict[str, Any], within_s: float) -> str | None:
    """Why it was not taken; None: it was. No redirect is followed, and of the answer
    only its status counts.

    The address is not repeated: whoever knows it may post.
    """
    try:
        async with (
            asyncio.timeout(within_s),
            httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=within_s) as client,
            client.stream("POST", url, json=payload) as answer,
        ):
            status = answer.status_code
    except (TimeoutError, httpx.TimeoutException):
        return f"did not answer within {within_s:g} s"
    except httpx.ConnectError:
        return "cannot be reached"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"broke off: {type(error).__name__}"
    return None if 200 <= status < 300 else f"answered {status}"


def main() -> int:
    """Do what stdin asks for; the reason why not is the last line of stderr."""
    asked = json.load(sys.stdin)
    failure = asyncio.run(post(asked["url"], asked["payload"], asked["within_s"]))
    if failure is not None:
        sys.stderr.write(failure + "\n")
    return int(failure is not None)


if __name__ == "__main__":
    sys.exit(main())

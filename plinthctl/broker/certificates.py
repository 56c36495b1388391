"""The files of certificates that ``redis.url`` may name, tried before anybody is called."""

import ssl
from collections.abc import Mapping


def trouble(files: Mapping[str, str]) -> str | None:
    """What is wrong with the first of these that cannot be used; None: nothing.

    Found out here, since at a connection it would look like the server's fault.
    ``files`` are by redis-py's options: ``ssl_ca_certs``, ``ssl_certfile``, ``ssl_keyfile``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    name = "ssl_ca_certs"
    try:
        if name in files:
            context.load_verify_locations(cafile=files[name])
        name = "ssl_certfile"
        if {name, "ssl_keyfile"} & files.keys():
            # The empty word: a key that has a password is refused, not asked for at a terminal.
            context.load_cert_chain(files.get(name, ""), files.get("ssl_keyfile"), "")
    except OSError as error:
        return f"{name} cannot be used: {_why(error)}"
    return None


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError):
        return "it holds no certificate (and key) in PEM form"
    return (error.strerror or str(error)).lower()

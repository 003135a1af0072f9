"""How a bind comes about, or why it does not."""

import asyncio
import errno
import socket
import ssl
from collections.abc import Mapping

from outreach.carriers.smpp.answers import code, outcomes, unlisted
from outreach.carriers.smpp.options import Options
from outreach.carriers.smpp.session import Keeper, Session
from outreach.domain.outcome import NotSent, Refused, Scope

_OUTCOMES = outcomes()
_FAULTS: Mapping[type[OSError], str] = {  # the first that fits
    TimeoutError: "no answer in time",
    socket.gaierror: "name not found",
    ssl.SSLCertVerificationError: "certificate not trusted",
    ssl.SSLError: "TLS handshake failed",
    ConnectionRefusedError: "connection refused",
    ConnectionError: "connection lost",
    OSError: "no connection",
}
_NO_ROUTE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH})


async def dial(options: Options, keeper: Keeper) -> Session | NotSent | Refused:
    """Connect and bind within the time-out; a fault or a refusal is what submissions are told."""
    session = Session(keeper, options.login, options.window, options.timeout)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(options.timeout):
            transport, _ = await loop.create_connection(
                lambda: session, options.host, options.port, ssl=options.tls
            )
            try:
                status = await session.bound
            except asyncio.CancelledError:
                transport.abort()
                raise
    except OSError as fault:
        return NotSent(f"no bind: {_words(fault)}")
    if status:
        transport.close()
        return _turned_away(status)
    if status is None or session.gone.is_set():
        return NotSent("no bind: connection lost")
    return session


def _words(fault: OSError) -> str:
    """Name a fault by its kind: its own text has an address."""
    if fault.errno in _NO_ROUTE:
        return "no route to the host"
    return next(words for kind, words in _FAULTS.items() if isinstance(fault, kind))


def _turned_away(status: int) -> NotSent | Refused:
    """What the refusal of a bind means for all who want to submit."""
    meaning = _OUTCOMES.get(status, unlisted(status))
    if isinstance(meaning, Refused):
        return Refused(Scope.ACCOUNT, meaning.code, meaning.reason)
    return NotSent(f"{code(status)} no bind")

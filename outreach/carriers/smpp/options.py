"""The options of an SMPP account: what wire-formats.md cannot verify, a contract says."""

import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from outreach.carriers.smpp.answers import SubmitFail
from outreach.carriers.smpp.pdu import bind_transceiver
from outreach.carriers.smpp.reference import ReferenceForm
from outreach.carriers.smpp.text import Alphabet, LongTexts
from outreach.domain.errors import BadInputError
from outreach.domain.limit import Limit
from outreach.settings import Account

_LOCAL = "Asia/Ho_Chi_Minh"
_LONGEST_SENDER = 20

Choice = TypeVar("Choice", bound=StrEnum)


class Validity(StrEnum):
    """Who says for how long a message is tried: the SMS centre, or we by an absolute time."""

    CARRIER = "carrier"
    ABSOLUTE = "absolute"


@dataclass(frozen=True, slots=True)
class Options:
    """An account as its binds and its PDUs need it."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    login: bytes = field(repr=False)
    """The body of the bind."""
    addresses: bytes
    """Of a submit_sm: from service_type to the recipient's NPI."""
    binds: int
    window: int
    """Submits without an answer on one bind at most."""
    limits: Sequence[Limit]
    timeout: float
    enquire_every: float
    """Seconds, both."""
    alphabet: Alphabet
    long_texts: LongTexts
    reference_form: ReferenceForm
    submit_fail: SubmitFail
    receipt_zone: ZoneInfo
    validity: Validity


def read_options(account: Account) -> Options:
    """Read and check them; BadInputError names the file and the option, never a secret."""
    login = bind_transceiver(
        _name(account, "system_id", account.option("system_id"), 15),
        _name(account, "password", account.option("password"), 8),
        _name(account, "system_type", str(account.options.get("system_type", "")), 12),
    )
    host, port, secure = _address(account)
    return Options(
        host=host,
        port=port,
        tls=_tls(account) if secure else None,
        login=login,
        addresses=_addresses(account),
        binds=_whole(account, "binds", 1, 1, 64),
        window=_whole(account, "window", 10, 1, 10_000),
        limits=account.limits,
        timeout=account.timeout.total_seconds(),
        enquire_every=_whole(account, "enquire_link_seconds", 30, 1, 3600),
        alphabet=_among(account, "alphabet", Alphabet.GSM),
        long_texts=_among(account, "long_texts", LongTexts.UDH),
        reference_form=_among(account, "reference_form", ReferenceForm.SAME),
        submit_fail=_among(account, "submit_fail", SubmitFail.RECIPIENT),
        receipt_zone=_zone(account),
        validity=_among(account, "validity", Validity.CARRIER),
    )


def _address(account: Account) -> tuple[str, int, bool]:
    try:
        url = urlsplit(account.base_url)
        if url.scheme in {"smpp", "smpps"} and url.hostname and url.port:
            url.hostname.encode("idna")
            return url.hostname, url.port, url.scheme == "smpps"
    except ValueError:
        pass  # a port or a name that cannot be: said below
    raise BadInputError(
        f"config/accounts/{account.name}.toml: base_url: expected smpp://host:port, or"
        " smpps://host:port for TLS"
    )


def _tls(account: Account) -> ssl.SSLContext:
    """Trust the system's authorities, or none but those in `ca_file`."""
    path = str(account.options.get("ca_file", "")) or None
    try:
        return ssl.create_default_context(cafile=path)
    except OSError:
        raise _wrong(
            account, "ca_file", "the path of a readable file of PEM certificates"
        ) from None


def _addresses(account: Account) -> bytes:
    sender = _name(account, "sender", account.sender, _LONGEST_SENDER)
    source = bytes((_octet(account, "source_ton", 5), _octet(account, "source_npi", 0)))
    recipient = bytes((_octet(account, "dest_ton", 1), _octet(account, "dest_npi", 1)))
    return b"\0" + source + sender + b"\0" + recipient


def _name(account: Account, option: str, found: str, longest: int) -> bytes:
    if not re.fullmatch(f"[ -~]{{0,{longest}}}", found):
        raise _wrong(account, option, f"at most {longest} plain characters, as SMPP has it")
    return found.encode()


def _octet(account: Account, option: str, default: int) -> int:
    return _whole(account, option, default, 0, 255)


def _whole(account: Account, option: str, default: int, least: int, most: int) -> int:
    found = str(account.options.get(option, default))
    if not re.fullmatch("[0-9]{1,9}", found, re.ASCII) or not least <= int(found) <= most:
        raise _wrong(account, option, f"a whole number, {least} to {most}")
    return int(found)


def _among(account: Account, option: str, default: Choice) -> Choice:
    try:
        return type(default)(str(account.options.get(option, default)))
    except ValueError:
        known = ", ".join(type(default))
        raise _wrong(account, option, f"one of {known}") from None


def _zone(account: Account) -> ZoneInfo:
    try:
        return ZoneInfo(str(account.options.get("receipt_zone", _LOCAL)))
    except (ValueError, OSError, KeyError):
        raise _wrong(account, "receipt_zone", f"a zone such as {_LOCAL}") from None


def _wrong(account: Account, option: str, expected: str) -> BadInputError:
    return BadInputError(f"config/accounts/{account.name}.toml: {option}: expected {expected}")

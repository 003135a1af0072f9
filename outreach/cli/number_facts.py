"""What the database knows of one number, for `outreach number show`."""

from typing import Any

import typer

from outreach.campaigns import typed
from outreach.cli.office import Office, opened
from outreach.cli.options import options
from outreach.cli.output import console, iso, show_table
from outreach.cli.streams import emit
from outreach.cli.words import Lang
from outreach.domain.campaign import Role
from outreach.domain.msisdn import mask
from outreach.domain.network import Network
from outreach.store import accounts, audiences, audit, lookups
from outreach.store.audiences import Audience
from outreach.store.lookups import Recipient

_COLUMNS = {
    Lang.EN: ("Known", "Network", "From", "At", "Taken"),
    Lang.VI: ("Nguồn", "Nhà mạng", "Theo", "Lúc", "Được dùng"),
}
_KNOWN = {
    "prefix": ("by prefix", "theo đầu số"),
    "declared": ("declared", "tệp khai"),
    "learned": ("learned", "nhà mạng báo"),
}
_SURE = {True: ("sure", "chắc chắn"), False: ("not sure", "chưa chắc"), None: ("", "")}


def answer(
    ctx: typer.Context, number: str, audience: str, why: str | None, *, unmask: bool, as_json: bool
) -> None:
    """Find a number in an audience, and tell what is known of its network."""
    with opened(ctx) as office:
        msisdn = typed.number(number, office.settings.prefixes)
        found, where = _found(office, audience, msisdn)
        if unmask:
            _answer_for(office, where, mask(str(msisdn)), why)
        known = _known(office, found, where)
    shown = str(msisdn) if unmask else mask(str(msisdn))
    taken = next(name for name in ("learned", "declared", "prefix") if known[name])
    if as_json:
        emit({"number": shown, "audience": where.name, **known, "taken": taken})
        return
    console().print(shown)
    lang = options(ctx).lang
    rows = [_row(name, told, lang, taken=name == taken) for name, told in known.items() if told]
    show_table(_COLUMNS[lang], rows)


def _found(office: Office, audience: str, msisdn: int) -> tuple[Recipient, Audience]:
    with office.database.read() as conn:
        where = audiences.find(conn, audience)
        found = lookups.recipient(conn, where.id, msisdn)
    if found is None:
        raise lookups.missing(where.name, mask(str(msisdn)))
    return found, where


def _answer_for(office: Office, where: Audience, masked: str, why: str | None) -> None:
    """Write down who looks at the whole number and why, before it is shown."""
    user = office.user(Role.ADMIN)
    detail = {"number": masked, "why": typed.sentence("--why", why)}
    subject = f"audience:{where.id}"
    with office.database.write() as conn:
        entry = audit.Entry(office.now_ms(), user.name, "number.unmask", subject, detail)
        audit.write(conn, entry)


def _known(office: Office, found: Recipient, where: Audience) -> dict[str, dict[str, Any] | None]:
    """What is known, by where it is from."""
    with office.database.read() as conn:
        file = lookups.named_by(conn, found.origin) if found.origin else where
        names = accounts.names(conn)
    block = office.settings.prefixes.block(str(found.msisdn))
    at = iso(file.created_at) if file else None
    prefix = _fact(found.prefix, block.seller if block else None, at)
    prefix |= {"sure": block and block.sure, "since": block and block.since}
    declared = learned = None
    if found.declared is not None:
        declared = _fact(found.declared, file.source if file else None, at)
    if found.learned is not None:
        account, _ = names.get(found.learned_from or 0, (None, None))
        learned = _fact(found.learned, account, iso(found.learned_at))
    return {"prefix": prefix, "declared": declared, "learned": learned}


def _fact(network: Network, source: str | None, at: str | None) -> dict[str, Any]:
    return {"network": network.title, "from": source, "at": at}


def _row(name: str, told: dict[str, Any], lang: Lang, *, taken: bool) -> tuple[object, ...]:
    vi = lang is Lang.VI
    sure = _SURE[told.get("sure")][vi]
    source = ", ".join(str(each) for each in (told["from"], sure, told.get("since")) if each)
    return _KNOWN[name][vi], told["network"], source, told["at"], "✓" if taken else ""

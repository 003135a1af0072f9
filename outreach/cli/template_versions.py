"""`outreach template show` and `versions`: the exact words of a version, and who used it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from outreach.campaigns.templates import FILES, TemplateSet, version_of
from outreach.cli.office import opened
from outreach.cli.options import Json, options
from outreach.cli.output import console, iso, local_ms, show_table
from outreach.cli.streams import emit
from outreach.domain.campaign import CampaignState
from outreach.domain.errors import NotFoundError
from outreach.domain.network import Channel
from outreach.store import campaigns
from outreach.store.campaigns import Campaign

SHOW = (
    "Example: outreach template show install-guide\n\n"
    "Example: outreach template show install-guide --version 0123456789abcdef"
)
VERSIONS = "Example: outreach template versions install-guide"

_Purpose = Annotated[str, typer.Argument(help="A folder of templates/messages/.")]


def show(
    ctx: typer.Context,
    purpose: _Purpose,
    version: Annotated[
        str | None, typer.Option(help="As `versions` lists it; the one on disk without it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the exact words of a version, from disk or from the campaigns that hold it.

    "registered as" is what [account.approvals] calls the words that a carrier has approved.

    JSON: name, version, words (by channel, as [account.approvals] names them), source (disk, or
    the campaign's name), files (name to content).
    """
    source, files = _found(ctx, purpose, version)
    number = version_of(purpose, files)
    texts = TemplateSet.from_dict({"name": purpose, "files": files})
    words = {channel.name.lower(): texts.words(channel) for channel in _channels(texts)}
    if as_json:
        emit(
            {
                "name": purpose,
                "version": number,
                "words": words,
                "source": source,
                "files": dict(files),
            }
        )
        return
    out = console()
    out.print(f"{purpose} {number} ({source})", style="bold")
    told = ", ".join(f"{channel} {fingerprint}" for channel, fingerprint in words.items())
    out.print(f"registered as: {told}")
    for file in FILES:
        if file in files:
            out.print(f"--- {file}", style="bold")
            out.print(files[file], soft_wrap=True)


def _channels(texts: TemplateSet) -> list[Channel]:
    """Those that a purpose has words for."""
    return [each for each in Channel if each is Channel.SMS or texts.zalo is not None]


def _found(ctx: typer.Context, purpose: str, version: str | None) -> tuple[str, Mapping[str, str]]:
    on_disk = _on_disk(options(ctx).templates, purpose)
    if on_disk is not None and version in {None, version_of(purpose, on_disk)}:
        return "disk", on_disk
    with opened(ctx) as office, office.database.read() as conn:
        held = list(_held(conn, purpose))
    for found, files in held:
        if version in {None, version_of(purpose, files)}:
            return found.name, files
    known = dict.fromkeys(version_of(purpose, files) for _, files in held)
    raise NotFoundError(
        f"no version {version or ''} of '{purpose}'; campaigns hold: {', '.join(known) or 'none'}"
    )


def versions(ctx: typer.Context, purpose: _Purpose, as_json: Json = False) -> None:
    """List the versions of a purpose, each with the campaigns that used it.

    JSON: name, versions (version, on_disk, campaigns: id, name, state, created_at).
    """
    on_disk = _on_disk(options(ctx).templates, purpose)
    used: dict[str, list[Campaign]] = {}
    if on_disk is not None:
        used[version_of(purpose, on_disk)] = []
    present = set(used)
    with opened(ctx) as office, office.database.read() as conn:
        for found, files in _held(conn, purpose):
            used.setdefault(version_of(purpose, files), []).append(found)
    if not used:
        raise NotFoundError(f"no version of '{purpose}' on disk or in any campaign")
    if as_json:
        told = [
            {"version": number, "on_disk": number in present, "campaigns": _json(users)}
            for number, users in used.items()
        ]
        emit({"name": purpose, "versions": told})
        return
    rows = [
        (
            number,
            "disk" if number in present else "",
            each.name,
            each.state,
            local_ms(each.created_at),
        )
        for number, users in used.items()
        for each in users
    ] + [(number, "disk", "", "", "") for number in present if not used[number]]
    show_table(("Version", "Where", "Campaign", "State", "Made"), rows)


def _json(users: list[Campaign]) -> list[dict[str, object]]:
    return [
        {"id": e.id, "name": e.name, "state": e.state, "created_at": iso(e.created_at)}
        for e in users
    ]


def _on_disk(root: Path, purpose: str) -> Mapping[str, str] | None:
    """The present words; None where the purpose has none any more."""
    if not (root / purpose / "about.toml").is_file():
        return None
    return TemplateSet.load(root, purpose).files


def _held(conn: Connection, purpose: str) -> Iterator[tuple[Campaign, Mapping[str, str]]]:
    """The campaigns of a purpose with their words, the latest first."""
    for found in reversed(campaigns.in_state(conn, *CampaignState)):
        if found.purpose == purpose:
            yield found, found.template["files"]

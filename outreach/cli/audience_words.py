"""What the commands on audiences answer, for people and for scripts."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from outreach.campaigns.audience import DUPLICATE, ELSEWHERE
from outreach.campaigns.derive import LeftOut
from outreach.campaigns.segments import Definition
from outreach.campaigns.trial import Findings
from outreach.cli.output import console, iso, local_ms, show_table
from outreach.cli.segment_words import sentence, show_left_out
from outreach.cli.words import Lang, Say, count, words
from outreach.domain.msisdn import Reason, mask, mask_text
from outreach.domain.network import Network
from outreach.files import Fault
from outreach.files.columns import letter
from outreach.store.audiences import Audience
from outreach.store.sql import Fetched


def audience_json(found: Audience) -> dict[str, object]:
    """An audience for scripts."""
    return {
        "id": found.id,
        "name": found.name,
        "source": found.source,
        "state": found.state,
        "rows": found.rows,
        "imported": found.imported,
        "joined": found.joined,
        "rejected": found.rejected,
        "created_at": iso(found.created_at),
        "created_by": found.created_by,
    }


def findings_json(found: Findings) -> dict[str, object]:
    """What there is to say of an audience, for scripts."""
    return {
        "audience": audience_json(found.audience),
        "origin": _origin(found.audience),
        "rejected_by_reason": found.reasons,
        "recipients_by_network": {
            Network(number).title: people for number, people in sorted(found.networks.items())
        },
    }


def _origin(found: Audience) -> dict[str, Any] | None:
    origin: dict[str, Any] | None = orjson.loads(found.origin) if found.origin else None
    return origin


def rejects_json(found: Findings) -> list[dict[str, object]]:
    """The first rejected rows, for scripts."""
    return [{"line": line, "reason": why, "number": raw} for line, why, raw in found.rejects]


def first_json(found: Findings) -> list[dict[str, object]]:
    """The first recipients as stored, with numbers masked."""
    return [
        {
            "number": mask(str(row[0])),
            "network": Network(row[1]).title,
            "declared": None if row[2] is None else Network(row[2]).title,
            "district": row[3],
            "params": {name: _masked(value) for name, value in orjson.loads(row[4]).items()},
        }
        for row in found.first
    ]


def _masked(value: str | list[str]) -> str | list[str]:
    return mask_text(value) if isinstance(value, str) else [mask_text(each) for each in value]


def show_findings(found: Findings, lang: Lang, key: str = "imported") -> None:
    """Say how the rows add up, and what networks and reasons there are."""
    say, audience = words(lang), found.audience
    figures = {name: count(getattr(audience, name), lang) for name in _FIGURES}
    if "definition" in (_origin(audience) or {}):
        key = "derived"
    console().print(say(key, name=audience.name, **figures))
    networks = [
        (Network(number).title, count(people, lang))
        for number, people in sorted(found.networks.items())
    ]
    show_table((say("network"), say("recipients")), networks, numeric=[1])
    if found.reasons:
        rows = [(reason(why, lang), count(number, lang)) for why, number in found.reasons.items()]
        show_table((say("rejected_for"), say("rows")), rows, numeric=[1])
    if Reason.TWO_NUMBERS in found.reasons:
        console().print(say("may_split"))


_FIGURES = ("rows", "imported", "joined", "rejected")


def show_rejects(found: Findings, lang: Lang) -> None:
    """Show the first rejected rows."""
    say = words(lang)
    rows = [(line, raw, reason(why, lang)) for line, why, raw in found.rejects]
    if rows:
        show_table((say("line"), say("number"), say("reason")), rows, numeric=[0])


def show_first(found: Findings, lang: Lang) -> None:
    """Show the first recipients as stored, with numbers masked."""
    say = words(lang)
    rows = [
        (mask(str(row[0])), Network(row[1]).title, row[3], mask_text(_fields(row)))
        for row in found.first
    ]
    if rows:
        show_table((say("number"), say("network"), say("district"), say("fields")), rows)


def _fields(row: Fetched) -> str:
    params: dict[str, str | list[str]] = orjson.loads(row[4])
    return "; ".join(f"{name}: {_listed(value)}" for name, value in params.items())


def _listed(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def show_origin(audience: Audience, lang: Lang) -> None:
    """Say where an audience comes from: the file and how it was understood."""
    origin, say = _origin(audience), words(lang)
    if origin is not None and "definition" in origin:
        console().print(sentence(Definition.from_json(json.dumps(origin["definition"])), lang))
        left_out = {LeftOut(why): rows for why, rows in origin["left_out"].items()}
        show_left_out(left_out, origin["silent"], lang)
    if origin is None or "file" not in origin:
        return
    out = console()
    out.print(say("from_file", source=mask_text(audience.source), form=_form(origin["file"], say)))
    columns = [
        (letter(column["place"]), mask_text(column["header"]), column["role"] or say("left_out"))
        for column in origin["file"]["columns"]
    ]
    show_table((say("column"), say("title"), say("taken_for")), columns)
    for note in origin["file"]["notes"]:
        out.print(f"• {mask_text(note)}")
    if origin["not_in"]:
        out.print(say("not_in", names=", ".join(origin["not_in"])))
    blocks, day = origin["prefixes"]["blocks"], local_ms(audience.created_at)[:10]
    out.print(say("by_prefixes", blocks=blocks, day=day))


def _form(file: Mapping[str, Any], say: Say) -> str:
    """How a file was read, in a few words."""
    told = [file["format"]]
    told += [say("member", name=mask_text(file["member"]))] if file["member"] else []
    told += [say("sheet", name=file["sheet"])] if file["sheet"] else []
    others = [name for name in file["sheets"] if name != file["sheet"]]
    told += [say("other_sheets", names=", ".join(others))] if others else []
    told += [file["encoding"]] if file["encoding"] else []
    told += [say("delimiter", sign=repr(file["delimiter"])[1:-1])] if file["delimiter"] else []
    told += [say("header", line=file["header"]) if file["header"] else say("no_header")]
    return ", ".join(told)


def reason(stored: str, lang: Lang) -> str:
    """Why a row was rejected, in words."""
    if stored in {DUPLICATE, ELSEWHERE}:
        return words(lang)(stored)
    known: Fault | Reason = Fault(stored) if stored in set(Fault) else Reason(stored)
    return known.vi if lang is Lang.VI else known.en

"""What a carrier has registered for us: the sender, and the words of each purpose."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_TEXT_KEYS = frozenset({"parameters", "state", "template", "words"})


class Approved(StrEnum):
    """How far a registration has come."""

    APPROVED = "approved"
    PENDING = "pending"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Approval:
    """One purpose's words at one carrier."""

    state: Approved
    words: str
    """Which words were handed in: their fingerprint, as `outreach template show` gives it."""
    template: str | None = None
    """The carrier's own id of them, where it has one."""
    parameters: tuple[str, ...] = ()
    """The fields that fill the carrier's template, in its order, where we send no text."""


@dataclass(frozen=True, slots=True)
class Approvals:
    """All that one account has registered; without a word nothing is."""

    sender: Approved | None = None
    texts: Mapping[str, Approval] = field(default_factory=dict)
    """By purpose."""


def read_approvals(block: object) -> Approvals:
    """Read [account.approvals]; ValueError or TypeError says which entry is wrong, and how."""
    if not isinstance(block, dict):
        raise TypeError(f"approvals is {block!r}; expected a table [account.approvals]")
    texts = {
        purpose: _approval(purpose, entry)
        for purpose, entry in block.items()
        if purpose != "sender"
    }
    sender = _state(block["sender"], "sender") if "sender" in block else None
    return Approvals(sender, texts)


def _approval(purpose: str, entry: object) -> Approval:
    where = f"[account.approvals] {purpose}"
    if not isinstance(entry, dict):
        raise TypeError(f'{where} is {entry!r}; expected {{ state = "approved", words = "…" }}')
    if unknown := entry.keys() - _TEXT_KEYS:
        known = ", ".join(sorted(_TEXT_KEYS))
        raise ValueError(f"{where} does not know {', '.join(sorted(unknown))}; it knows {known}")
    words, template = entry.get("words", ""), entry.get("template")
    if not isinstance(words, str) or not re.fullmatch("[0-9a-f]{12}", words, re.ASCII):
        raise ValueError(
            f"{where}: words is {words!r}; expected the 12 characters that"
            f" `outreach template show {purpose}` gives"
        )
    if template is not None and not (isinstance(template, str) and template):
        raise ValueError(f"{where}: template is {template!r}; expected the carrier's id as text")
    names = entry.get("parameters", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{where}: parameters is {names!r}; expected names of fields")
    if names and template is None:
        raise ValueError(f"{where} has parameters, but no template that they would fill")
    return Approval(_state(entry.get("state"), where), words, template, tuple(names))


def _state(told: object, where: str) -> Approved:
    if not isinstance(told, str) or told not in {*Approved}:
        raise ValueError(f"{where} is {told!r}; expected one of {', '.join(Approved)}")
    return Approved(told)

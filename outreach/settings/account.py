"""Accounts: one file of config/accounts/ each, secrets from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from outreach.domain.errors import BadInputError
from outreach.domain.limit import Limit
from outreach.domain.network import Channel, Network
from outreach.domain.text import STANDARD, Steps
from outreach.settings.approvals import Approvals, read_approvals
from outreach.settings.limits import read_limits
from outreach.settings.toml import read_toml
from outreach.settings.workers import read_workers, share

_ACCOUNT_KEYS = frozenset(
    {
        "adapter",
        "approvals",
        "base_url",
        "channel",
        "enabled",
        "in_flight",
        "limits",
        "max_parts",
        "networks",
        "options",
        "plain_only",
        "preference",
        "price_per_part",
        "receipt_deadline_hours",
        "sender",
        "text",
        "timeout_seconds",
        "weight",
        "workers",
    }
)
_TABLES = ("account", "rehearsal")
"""Of which the second is for the simulator only."""
_TEXT_KEYS = frozenset({"ad_steps", "ad_steps_accented", "max_bytes", "steps", "steps_accented"})


@dataclass(frozen=True, slots=True)
class Account:
    """Our contract with a carrier or aggregator: one file of config/accounts/."""

    name: str
    adapter: str
    channel: Channel
    networks: frozenset[Network]
    base_url: str
    sender: str
    limits: tuple[Limit, ...]
    in_flight: int
    """Submissions under way at once: also the largest sub-batch, and so what a crash can blur."""
    price_per_part: Decimal
    """đồng, before tax."""
    plain_only: bool
    """True where the contract takes unaccented text only."""
    max_parts: int
    timeout: timedelta
    receipt_deadline: timedelta
    options: Mapping[str, str | int] = field(default_factory=dict, repr=False)
    """What only this dialect knows (contract code, application id), secrets among it."""
    steps: Steps = STANDARD
    """What the contract bills a text of care by."""
    ad_steps: Steps = STANDARD
    """The same for advertisements, to which carriers append words of their own."""
    max_bytes: int | None = None
    """The most a text may take, a septet as one byte, a UTF-16 unit as two; None: no such limit."""
    preference: int = 100
    """Accounts with a lower one come first on a route."""
    weight: int = 100
    """The share among accounts of the same preference."""
    approvals: Approvals = field(default_factory=Approvals)
    """What the carrier has registered for us."""
    workers: int = 1
    """In a cluster, how many processes may send through it side by side."""

    def part(self, seat: int) -> "Account":
        """The part of it that one of its workers may use by itself: seat 0, 1, ….

        Its limits, window and binds; all seats together have no more than the whole.
        """
        if self.workers == 1:
            return self
        options = dict(self.options)
        if "binds" in options:
            options["binds"] = share(int(options["binds"]), seat, self.workers)
        return replace(
            self,
            in_flight=share(self.in_flight, seat, self.workers),
            limits=tuple(
                replace(limit, amount=share(limit.amount, seat, self.workers))
                for limit in self.limits
            ),
            options=options,
        )

    def option(self, name: str) -> str:
        """A setting the dialect needs, as text; BadInputError says which file lacks it."""
        if name not in self.options:
            raise BadInputError(
                f"config/accounts/{self.name}.toml: '{name}' is missing in [account.options];"
                f" the adapter {self.adapter} needs it"
            )
        return str(self.options[name])


def read_accounts(folder: Path, environ: Mapping[str, str]) -> list[Account]:
    """Read the enabled ones of a folder, in order of preference; BadInputError names file and key.

    Of one that is not enabled nothing else is read: its secrets need not be there.
    """
    blocks = {path: account_block(path) for path in folder.glob("*.toml")}
    accounts = [
        _read_account(path, block, environ) for path, block in blocks.items() if enabled(block)
    ]
    return sorted(accounts, key=lambda account: (account.preference, account.name))


def read_account(path: Path, environ: Mapping[str, str]) -> Account:
    """Read one file, whether it is enabled or not."""
    return _read_account(path, account_block(path), environ)


def account_block(path: Path) -> Mapping[str, Any]:
    """The table [account] of a file, as it stands there."""
    block = read_toml(path, *_TABLES).get("account")
    if not isinstance(block, dict):
        raise BadInputError(f"{path}: expected a table [account]")
    if type(block.get("enabled", True)) is not bool:
        raise BadInputError(f"{path}: enabled is {block['enabled']!r}; expected true or false")
    return block


def enabled(block: Mapping[str, Any]) -> bool:
    """Whether an account takes part at all: it does unless its file says otherwise."""
    return bool(block.get("enabled", True))


def needed(block: Mapping[str, Any]) -> list[str]:
    """The variables without which an account cannot be read: what is `env:NAME`, no default."""
    told = [block.get("base_url"), *_table(block, "options").values()]
    names = (each.removeprefix("env:") for each in told if str(each).startswith("env:"))
    return sorted(name for name in names if ":" not in name)


def _table(block: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = block.get(key)
    return found if isinstance(found, dict) else {}


def _read_account(path: Path, block: Mapping[str, Any], environ: Mapping[str, str]) -> Account:
    if unknown := block.keys() - _ACCOUNT_KEYS:
        raise BadInputError(
            f"{path}: [account] does not know {', '.join(sorted(unknown))};"
            f" it knows {', '.join(sorted(_ACCOUNT_KEYS))}"
        )
    try:
        max_parts, in_flight = int(block.get("max_parts", 3)), int(block.get("in_flight", 50))
        limits = read_limits(block["limits"], max_parts)
        steps, ad_steps, max_bytes = _text(block, max_parts)
        return _checked(
            Account(
                name=path.stem,
                adapter=block["adapter"],
                channel=Channel[block["channel"].upper()],
                networks=frozenset(Network.named(title) for title in block["networks"]),
                base_url=_from_environ(block["base_url"], environ, path).rstrip("/"),
                sender=block["sender"],
                limits=limits,
                in_flight=in_flight,
                price_per_part=Decimal(str(block["price_per_part"])),
                plain_only=bool(block.get("plain_only", False)),
                max_parts=max_parts,
                timeout=timedelta(seconds=float(block.get("timeout_seconds", 30))),
                receipt_deadline=timedelta(hours=float(block.get("receipt_deadline_hours", 72))),
                options=_options(block.get("options", {}), environ, path),
                steps=steps,
                ad_steps=ad_steps,
                max_bytes=max_bytes,
                preference=_whole(block, "preference"),
                weight=_whole(block, "weight"),
                approvals=read_approvals(block.get("approvals", {})),
                workers=read_workers(block, in_flight, limits),
            )
        )
    except KeyError as fault:
        raise BadInputError(f"{path}: [account] lacks or does not know {fault}") from None
    except (ValueError, TypeError, ArithmeticError, AttributeError) as fault:
        raise BadInputError(f"{path}: {fault}") from None


def _text(account: Mapping[str, Any], max_parts: int) -> tuple[Steps, Steps, int | None]:
    """What [account.text] says of billing: for care, for advertisements, and the most bytes."""
    block = account.get("text", {})
    if not isinstance(block, dict):
        raise TypeError(f"text is {block!r}; expected a table [account.text]")
    if block and account["channel"] != "sms":
        raise ValueError("[account.text] is for SMS; Zalo bills a message, not its parts")
    if unknown := block.keys() - _TEXT_KEYS:
        raise ValueError(
            f"[account.text] does not know {', '.join(sorted(unknown))};"
            f" it knows {', '.join(sorted(_TEXT_KEYS))}"
        )
    steps = Steps(
        _steps(block, "steps", STANDARD.gsm7[:max_parts], max_parts),
        _steps(block, "steps_accented", STANDARD.ucs2[:max_parts], max_parts),
    )
    ad_steps = Steps(
        _steps(block, "ad_steps", steps.gsm7, max_parts),
        _steps(block, "ad_steps_accented", steps.ucs2, max_parts),
    )
    max_bytes = block.get("max_bytes")
    if max_bytes is not None and not _counts(max_bytes):
        raise ValueError(f"[account.text] max_bytes is {max_bytes!r}; expected a number above 0")
    return steps, ad_steps, max_bytes


def _steps(
    block: Mapping[str, Any], key: str, default: tuple[int, ...], max_parts: int
) -> tuple[int, ...]:
    if key not in block:
        return default
    told = block[key]
    found = tuple(told) if isinstance(told, list) else ()
    # strictly rising: sorted, and nothing twice
    if not found or not all(map(_counts, found)) or list(found) != sorted(set(found)):
        raise ValueError(
            f"[account.text] {key} is {told!r}; expected the units up to which 1, 2, 3 … parts"
            " are billed, rising, such as [122, 268, 421]"
        )
    if len(found) > max_parts:
        raise ValueError(
            f"[account.text] {key} tells of {len(found)} parts, but max_parts is {max_parts};"
            " leave out steps or raise max_parts"
        )
    return found


def _counts(value: object) -> bool:
    return type(value) is int and value > 0  # a boolean is no figure


def _whole(block: Mapping[str, Any], key: str) -> int:
    found = block.get(key, 100)
    if type(found) is not int or found < 0:
        raise ValueError(f"{key} is {found!r}; expected a whole number, 0 or more")
    return found


def _checked(account: Account) -> Account:
    """Refuse figures with which nothing could ever be sent, or anything be counted."""
    for name, found in (
        ("in_flight", account.in_flight),
        ("max_parts", account.max_parts),
        ("timeout_seconds", account.timeout.total_seconds()),
    ):
        if found <= 0:
            raise ValueError(f"{name} must be above 0")
    if not (account.price_per_part.is_finite() and account.price_per_part >= 0):
        raise ValueError(f"price_per_part is {account.price_per_part}; expected đồng, 0 or more")
    return account


def _options(
    block: Mapping[str, Any], environ: Mapping[str, str], path: Path
) -> dict[str, str | int]:
    return {
        name: _from_environ(value, environ, path) if isinstance(value, str) else value
        for name, value in block.items()
    }


def _from_environ(value: str, environ: Mapping[str, str], path: Path) -> str:
    """Resolve `env:NAME`, or `env:NAME:default` for what is no secret."""
    if not value.startswith("env:"):
        return value
    name, _, default = value.removeprefix("env:").partition(":")
    found = environ.get(name) or default
    if not found:
        raise BadInputError(f"{path}: the environment variable {name} is not set")
    return found

"""The dry run of an import: the same work on a database for a moment."""

from dataclasses import dataclass

from outreach.campaigns.audience import Import, Progress, Wish, others, run
from outreach.domain.campaign import Role
from outreach.domain.network import PrefixTable
from outreach.store import audiences, rejects
from outreach.store.audiences import Audience
from outreach.store.database import Database
from outreach.store.rejects import Rejected
from outreach.store.scratch import scratch
from outreach.store.sql import Fetched
from outreach.store.users import User

_FIRST = 5


@dataclass(frozen=True, slots=True)
class Findings:
    """What there is to say of an audience."""

    audience: Audience
    reasons: dict[str, int]
    """Rejected rows by reason."""
    networks: dict[int, int]
    """Recipients by network."""
    first: list[Fetched]
    """The first recipients: msisdn, network, declared, district, params."""
    rejects: list[Rejected]
    """The first rejected rows."""


def findings(database: Database, audience: Audience, examples: int) -> Findings:
    """Look an audience up, with so many of its rejected rows."""
    with database.read() as conn:
        return Findings(
            audience,
            rejects.by_reason(conn, audience.id),
            audiences.count_by_network(conn, audience.id),
            audiences.first_recipients(conn, audience.id, _FIRST),
            rejects.first(conn, audience.id, examples),
        )


def dry_run(
    database: Database,
    prefixes: PrefixTable,
    wish: Wish,
    now: int,
    examples: int,
    progress: Progress | None = None,
) -> Findings:
    """Import a file into nowhere; what is found is what an import would find."""
    nobody = User("dry-run", Role.OPERATOR)
    wish, elsewhere = others(database, wish)
    with scratch() as nowhere:
        audience = run(Import(nowhere, prefixes, nobody, wish, now, elsewhere, progress))
        return findings(nowhere, audience, examples)

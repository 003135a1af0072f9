"""Reading an audience from its first recipient to its last, a page at a time."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, text

from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.network import Network

_PAGE = 10_000


class Person(NamedTuple):
    """A recipient: his place in the audience, network, number and fields (JSON)."""

    n: int
    network: Network
    msisdn: int
    params: str


def people(conn: Connection, audience: int) -> Iterator[Person]:
    """Every recipient of an audience, in memory that does not grow with it."""
    networks = {int(network): network for network in Network}
    after = first = audience * CAMPAIGN_SPAN
    while page := conn.execute(
        text(
            "SELECT id, COALESCE(learned, declared, network), msisdn, params FROM recipient"
            " WHERE id > :after AND id < :end ORDER BY id LIMIT :page"
        ),
        {"after": after, "end": first + CAMPAIGN_SPAN, "page": _PAGE},
    ).all():
        for number, network, msisdn, params in page:
            yield Person(number - first, networks[network], msisdn, params)
        after = page[-1][0]

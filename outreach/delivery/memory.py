"""What an account's carrier tells beside its answers: its ids, networks, whom it leads to."""

from collections.abc import Sequence

from sqlalchemy import Connection

from outreach.carriers.base import Capabilities
from outreach.domain.reach import Lesson
from outreach.store import reach, references
from outreach.store.reach import Moved, Told
from outreach.store.record import Result, Taken
from outreach.store.work import Ticket


class Memory:
    """One account's; every method runs inside a job of the writer."""

    def __init__(self, account: int, capabilities: Capabilities) -> None:
        self._account = account
        self._channel = capabilities.channel
        self._addressed = capabilities.addressed
        self._by_reference = capabilities.by_reference
        self._is_told = capabilities.addressed or capabilities.channel in reach.TAUGHT

    def recall(self, conn: Connection, tickets: Sequence[Ticket], now: int) -> None:
        """Note by which id persons are known, and whom the channel is known not to lead to."""
        if not self._is_told:
            return
        numbers = {ticket.msisdn for ticket in tickets}
        known = reach.of(conn, self._channel, self._account, numbers, now)
        for ticket in tickets:
            found = known.get(ticket.msisdn, reach.NOTHING)
            ticket.address = found.address
            if self._addressed and not found.address:
                ticket.unreachable = reach.NO_ADDRESS
            elif ticket.unknown_until is None:  # one that may have left is asked about all the same
                ticket.unreachable = found.why_not

    def keep(
        self, conn: Connection, results: Sequence[Result], taken: Sequence[Taken], now: int
    ) -> None:
        """Keep what answers told, those of lost leases too: it is true whoever asked."""
        if self._by_reference:
            references.keep(conn, results, taken)
        networks = [(each.ticket, each.learned) for each in results if each.learned]
        networks += [(each.ticket, each.network) for each in taken if each.network]
        moved = [
            Moved(ticket.recipient, network, ticket.account, now)
            for ticket, network in networks
            if network is not ticket.network
        ]
        reach.learn_networks(conn, moved)
        told = [
            Told(
                Lesson(str(each.ticket.msisdn), None, each.reach), self._channel, self._account, now
            )
            for each in results
            if each.reach is not None
        ]
        reach.learn(conn, told)

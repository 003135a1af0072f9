"""What there is to do in a cluster, and how many processes may do it side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from outreach.domain.errors import BadInputError
from outreach.settings import Account

SMPP = "smpp"


class Work(StrEnum):
    """Kinds of work; each has queues of its own."""

    SEND = "send"
    """Sending through one account by HTTP."""
    SMPP = "smpp"
    """The same over binds, which a process holds as long as it lives."""
    RECEIPTS = "receipts"
    """Settling what carriers called in."""
    POLL = "poll"
    """Asking carriers that do not call."""
    SWEEP = "sweep"
    """The slow round: what begins, ends, falls back and is counted by the clock alone."""
    REPORTS = "reports"
    """What is looked up at night for the month's report."""


@dataclass(frozen=True, slots=True)
class Post:
    """A piece of work; its queue carries the bells for it."""

    work: Work
    account: Account | None = None

    @property
    def queue(self) -> str:
        """The name of its queue: `send.viettel`, `sweep`."""
        return f"{self.work}.{self.account.name}" if self.account else self.work.value

    @property
    def seats(self) -> Sequence[str]:
        """The places of which a process has to have one; none where each process may do it."""
        if self.work is Work.RECEIPTS:
            return ()
        return [f"{self.queue} {n}" for n in range(self.account.workers if self.account else 1)]


def posts(accounts: Sequence[Account]) -> list[Post]:
    """All there is to do for an installation with these accounts."""
    sending = [Post(Work.SMPP if its.adapter == SMPP else Work.SEND, its) for its in accounts]
    return [*sending, *map(Post, (Work.RECEIPTS, Work.POLL, Work.SWEEP, Work.REPORTS))]


def chosen(accounts: Sequence[Account], names: Sequence[str]) -> list[Post]:
    """Those whose queue or kind of work is named, all of them for no name.

    BadInputError for a name that nothing answers to.
    """
    known = posts(accounts)
    answers = {name for post in known for name in (post.queue, post.work.value)}
    for name in names:
        if name not in answers and name not in set(Work):
            raise BadInputError(
                f"no queue is called '{name}'; there are: {', '.join(sorted(answers))}"
            )
    return [post for post in known if not names or {post.queue, post.work.value} & set(names)]

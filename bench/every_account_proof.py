"""What the carriers' ledger and our database say of a trial over every account."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from bench.scene import Scene
from bench.trial import read_ledger
from bench.windows import most, windows
from outreach import reports
from outreach.store.record import OutcomeKind

_THROTTLES: Mapping[str, frozenset[str]] = {
    "zalo": frozenset({"-32"}),
    "zalo_uid": frozenset({"-32"}),
    "viettel": frozenset({"Check information error"}),
    "vnpt": frozenset({"16"}),
    "mobifone": frozenset({"429"}),
    "smpp": frozenset({"0x14", "0x58"}),
    "esms": frozenset({"160"}),
    "fpt": frozenset({"429"}),
    "vietguys": frozenset({"-2"}),
    "speedsms": frozenset({"429"}),
    "esms_ads": frozenset({"160"}),
}
"""What each simulated carrier says to one who is too fast."""
SUBMITS = 10
"""Submits that wait for an answer on an SMPP bind at most."""
_UNSEEN, _LONGEST_STALL = 0.1, 0.5
"""Seconds by which calls may arrive late that our record does not tell of, and that it does."""


class Row(NamedTuple):
    """A request as it arrived, each member of a list by itself; `at` in epoch seconds."""

    at: float
    dialect: str
    msisdn: str
    accepted: bool
    code: str
    cut: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What is to be held against what was seen."""

    limits: Mapping[str, tuple[int, bool]]
    """A second, by account, and whether it counts parts; else requests."""
    recipients: int
    kills: int
    window: int
    """What one end of the engine may leave unknown."""
    seconds: float


@dataclass(frozen=True, slots=True)
class Account:
    """One account's part in it; messages, but `peak`: units of its limit."""

    requests: int
    accepted: int
    refused: Mapping[str, int]
    cut: int
    peak: int
    limit: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What a trial came to; `broken` says in words which promises did not hold."""

    proof: Proof
    states: Mapping[str, int]
    interrupted: int
    lost: int
    """Left unknown by what carriers do, not by an end of the engine."""
    accounts: Mapping[str, Account]
    broken: Sequence[str]

    def table(self) -> str:
        """The findings for people."""
        proof, allowed = self.proof, self.proof.kills * self.proof.window
        lines = [
            f"{proof.kills} kills, {proof.recipients:,} recipients, in {proof.seconds:.0f} s",
            ", ".join(f"{name} {count:,}" for name, count in sorted(self.states.items())),
            f"left unknown by kills {self.interrupted:,} of {allowed:,}, by carriers {self.lost:,}",
            f"{'account':<10}{'requests':>9}{'accepted':>9}{'cut':>6}{'peak':>6} of limit  refused",
        ]
        for name, each in self.accounts.items():
            codes = ", ".join(f"{code} x{count}" for code, count in sorted(each.refused.items()))
            lines.append(
                f"{name:<10}{each.requests:>9,}{each.accepted:>9,}{each.cut:>6}"
                f"{each.peak:>6} of {each.limit:<6} {codes}"
            )
        broken = [f"BROKEN: {each}" for each in self.broken[:20]]
        return "\n".join([*lines, *broken, f"broken promises {len(self.broken)}"])


def seen(stage: Scene, proof: Proof) -> Seen:
    """Look at everything once all campaigns are settled; the ledger's rows are all on disk."""
    rows = [Row(*row) for row in read_ledger(stage.ledger, _ROWS)]
    arrivals = defaultdict(list)
    for row in rows:
        arrivals[row.dialect].append(row)
    late = _Lateness(stage, rows)
    parts = defaultdict(lambda: 1, _parts(stage))
    broken = [*_unbalanced(stage, proof), *(f"asked for twice: {row}" for row in _twice(stage))]
    accounts = {}
    for name, (limit, by_parts) in proof.limits.items():
        units = list(_units(arrivals[name], parts[name] if by_parts else None))
        broken += [f"{name}: {words}" for words in _above(units, limit, late)]
        accounts[name] = _account(arrivals[name], units, limit)
        broken += [f"{name}: {words}" for words in _idle(name, accounts[name])]
    interrupted, lost = _unknown(stage)
    if interrupted > proof.kills * proof.window:
        broken.append(f"{interrupted} left unknown by {proof.kills} kills of {proof.window} each")
    broken += _unexplained(lost, arrivals)
    in_all = sum(lost.values())
    return Seen(proof, stage.states(), interrupted, in_all, accounts, tuple(broken))


_ROWS = "SELECT at, dialect, msisdn, accepted, code, cut FROM request ORDER BY at, rowid"
_LISTS = frozenset({"vnpt", "speedsms", "esms_ads"})
_PARTS_APART = frozenset({"smpp"})
"""Each part is a request of its own there."""


def _unbalanced(stage: Scene, proof: Proof) -> Iterator[str]:
    """Recipients that are not results, and figures that disagree."""
    states = stage.states()
    if sum(states.values()) != proof.recipients:
        yield f"{proof.recipients} recipients, {sum(states.values())} results"
    if states.get("pending"):
        yield f"{states['pending']} never came to an end"
    exported: Counter[str] = Counter()
    with stage.house.database.read() as conn:
        for campaign in conn.exec_driver_sql("SELECT id FROM campaign").scalars().all():
            exported.update(row.state for row in reports.results(conn, campaign))
            for each in reports.differences(conn, campaign):
                yield f"the figures differ from a recount: {each}"
    if exported != states:
        yield f"the export says {dict(exported)}, the status {states}"


def _twice(stage: Scene) -> list[tuple[Any, ...]]:
    """Requests for somebody after one that was taken, or may have been.

    Parts of an SMPP text are requests of their own, and its system error says no.
    """
    return read_ledger(
        stage.ledger,
        "SELECT later.dialect, later.key, first.dialect, first.key, first.accepted, first.cut"
        " FROM request first JOIN request later ON later.msisdn = first.msisdn"
        " AND later.rowid > first.rowid WHERE (first.accepted = 1 OR first.cut <> '')"
        " AND NOT (first.dialect = 'smpp' AND first.cut = 'error_before')"
        " AND NOT (first.dialect = 'smpp' AND later.dialect = 'smpp' AND first.text <> later.text)",
    )


def _parts(stage: Scene) -> dict[str, int]:
    """How many parts the text has on each account."""
    names = {number: name for name, number in stage.house.numbers.items()}
    with stage.house.database.read() as conn:
        found = conn.exec_driver_sql(_PARTS)
        return {names[row[0]]: row[1] for row in found.all() if row[0] in names}


_PARTS = (
    "SELECT m.account, MAX(m.parts) FROM message m JOIN attempt a ON a.message = m.id"
    f" AND a.account = m.account WHERE a.outcome = {int(OutcomeKind.ACCEPTED)} GROUP BY m.account"
)


def _units(rows: Sequence[Row], parts: int | None) -> Iterator[tuple[float, int]]:
    """When how many units of a limit arrived: parts, or calls, of which a list is one."""
    last = 0.0
    for row in rows:
        if parts is not None:
            yield row.at, 1 if row.dialect in _PARTS_APART else parts
        elif row.dialect not in _LISTS or row.at != last:
            yield row.at, 1
        last = row.at


class _Lateness:
    """How long calls were under way when they arrived, by our own record of when they left.

    What a limit let through in more than a second may arrive within one, on a busy machine.
    """

    def __init__(self, stage: Scene, rows: Sequence[Row]) -> None:
        names = {number: name for name, number in stage.house.numbers.items()}
        shift = float(stage.environ["OUTREACH_REHEARSAL_SHIFT"])
        with stage.house.database.read() as conn:
            left = {
                (names[row[0]], str(row[1])): row[2] / 1000 - shift
                for row in conn.exec_driver_sql(_LEFT).all()
            }
        self._late = [
            (row.at, row.at - left[row.dialect, row.msisdn])
            for row in rows
            if row.accepted
            and row.dialect not in _PARTS_APART
            and (row.dialect, row.msisdn) in left
        ]

    def within(self, end: float) -> float:
        """The longest in the second up to a moment."""
        return max((late for at, late in self._late if end - 1 < at <= end), default=0.0)


_LEFT = (
    "SELECT a.account, r.msisdn, a.at FROM attempt a JOIN message m ON m.id = a.message"
    f" JOIN recipient r ON r.id = m.recipient WHERE a.outcome = {int(OutcomeKind.ACCEPTED)}"
)


def _above(units: Sequence[tuple[float, int]], limit: int, late: _Lateness) -> Iterator[str]:
    """Where more arrived than may have left within a second."""
    for end, total in windows(units, 1.0):
        if total > limit:
            stall = _UNSEEN + min(late.within(end), _LONGEST_STALL)
            shorter = sum(weight for at, weight in units if end - (1 - stall) < at <= end)
            if shorter > limit:
                yield f"{shorter} in {1 - stall:.3f} s, with a limit of {limit} a second"


def _account(rows: Sequence[Row], units: Sequence[tuple[float, int]], limit: int) -> Account:
    return Account(
        requests=len(rows),
        accepted=sum(row.accepted for row in rows),
        refused=Counter(row.code for row in rows if row.code and not row.accepted),
        cut=sum(bool(row.cut) for row in rows),
        peak=most(units, 1.0),
        limit=limit,
    )


def _idle(name: str, account: Account) -> Iterator[str]:
    """What did not happen on an account, so that nothing is proved of it."""
    refused = account.refused.keys()
    happened = {
        "carried anything": account.accepted,
        "was throttled": refused & _THROTTLES[name],
        "was refused": refused - _THROTTLES[name],
        "had its words cut off": account.cut,
    }
    return (f"never {what}" for what, found in happened.items() if not found)


def _unknown(stage: Scene) -> tuple[int, Counter[str]]:
    """Messages left unknown by ends of the engine, and those that were answered so, by account."""
    names = {number: name for name, number in stage.house.numbers.items()}
    with stage.house.database.read() as conn:
        found = conn.exec_driver_sql(
            "SELECT account, code = 'interrupted', COUNT(*) FROM attempt"
            f" WHERE outcome = {int(OutcomeKind.UNKNOWN)} GROUP BY 1, 2"
        ).all()
    lost = Counter({names[row[0]]: row[2] for row in found if not row[1]})
    return sum(row[2] for row in found if row[1]), lost


def _unexplained(lost: Mapping[str, int], arrivals: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """More unknown answers than the carriers' faults can have caused.

    A line that breaks takes with it all that waits on it; a text of which a part was refused may
    have been read in part.
    """
    for name, count in lost.items():
        cuts = sum(bool(row.cut) for row in arrivals[name])
        if name in _PARTS_APART:
            cuts = cuts * SUBMITS + sum(not row.accepted for row in arrivals[name])
        if count > cuts:
            yield f"{name}: {count} answers were lost, {cuts} by the carrier"

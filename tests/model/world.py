"""A history's world: one database, one process at a time, and the oracle that looks on."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, text

from outreach.campaigns.control import Desk
from outreach.domain.campaign import CampaignState
from outreach.domain.message import State
from outreach.domain.receipt import Status
from outreach.domain.rules import Cap, Priority
from outreach.domain.window import LOCAL
from outreach.reports.proof import differences
from outreach.store import campaigns
from outreach.store.campaigns import Campaign
from tests.model.carriers import Answer, Carrier, Request, body
from tests.model.checks import Row, messages, people
from tests.model.house import ACCOUNTS, AGG, HOLIDAY, REMEMBERS, desk
from tests.model.mortal import Fuse, Time
from tests.model.oracle import Facts, Oracle
from tests.model.process import Process
from tests.model.quick import Known, Steady

PEOPLE_TAKE = 1.2
"""Seconds that pass with everything that people do: the engine looks at all of it once a second."""


class World:
    """Everything that a history can do, and what is checked after it."""

    def __init__(self, url: str, cap: Cap | None, counts: Counter[str]) -> None:
        self.time = Time()
        self.counts = counts
        self.script: deque[Answer] = deque()
        self.database = Steady(url)
        self._sending = Known(self.database, _sending)
        self._waiting = Known(self.database, _waiting)
        self.desk: Desk = desk(self.database, self.time)
        self.numbers = self.desk.numbers
        self.names = {number: name for name, number in self.numbers.items()}
        self.oracle = Oracle(
            HOLIDAY,
            {self.numbers[each.name]: int(each.price_per_part) for each in ACCOUNTS},
            {n: self._remembers(n).total_seconds() for n in self.names},
            None if cap is None else (cap.messages, cap.days),
        )
        self._cap = cap
        self._finals: dict[int, State] = {}
        self._taken: dict[int, dict[str, float]] = {number: {} for number in self.names}
        self.process = self._process()
        self.process.start()

    def _process(self) -> Process:
        return Process(self.database, self.time, self._carriers, self.numbers, self._cap)

    def _remembers(self, number: int) -> timedelta:
        return REMEMBERS if self.names[number] == AGG else timedelta(0)

    def _carriers(self, fuse: Fuse) -> Mapping[int, Carrier]:
        """What a process talks to; carriers do not forget when it dies."""
        return {
            self.numbers[each.name]: Carrier(
                self.numbers[each.name],
                each.channel,
                self._remembers(self.numbers[each.name]),
                self.script,
                fuse.alive,
                self._requested,
                lambda: (self.time.now_ms(), self.time.loop.time()),
                self._taken[self.numbers[each.name]],
            )
            for each in ACCOUNTS
        }

    def _requested(self, request: Request) -> None:
        self.counts["requests"] += 1
        self.counts[f"answer {request.answer.name}"] += 1
        self.oracle.request(request)

    # What the engine does.

    def work(self, script: Sequence[Answer] = ()) -> None:
        """Let the engine work; carriers answer so, after what they were to answer before."""
        self.script.extend(script)
        self._look()
        self.process.work()

    def _look(self) -> None:
        """Tell the oracle which campaigns the engine may send for from now on."""
        numbers = self._sending.get()
        for number, facts in self.oracle.facts.items():
            facts.held = number not in numbers

    def work_for(self, calls: int, script: Sequence[Answer]) -> None:
        """Let it work, and look at it in the middle of its work."""
        self.process.fuse.set("after a call", calls, kills=False)
        self.work(script)
        self.process.fuse.set("", 0, kills=False)

    def kill(self, point: str, times: int, script: Sequence[Answer]) -> None:
        """Kill the process at a point of its work, or after it; another one takes over."""
        self.process.fuse.set(point, times, kills=True)
        self.script.extend(script)
        self._look()
        self.process.work()
        self.revive()

    def revive(self) -> None:
        """Another process takes over from one that is killed."""
        self.process.die()
        self.oracle.kills += 1
        self.process = self._process()
        self.process.start()

    def lose(self, name: str) -> None:
        """One account's sender ends without a word, another takes over."""
        self._look()
        self.oracle.kills += 1
        self.process.lose(self.numbers[name])

    def sweep(self) -> None:
        """One slow round, and what people would then find."""
        self._look()
        self.process.sweep()
        for campaign in self.campaigns(CampaignState.RUNNING, CampaignState.SCHEDULED):
            if campaign.wave and campaign.planned_to:
                self.know(campaign)

    def pass_(self, seconds: float) -> None:
        """Let time pass; whatever waits for it goes on at once."""
        self.time.leap(seconds)
        self.oracle.latest = self.time.latest

    def until_noon(self) -> float:
        """Seconds until the engine's clock shows a quarter past noon next."""
        now = self.time().astimezone(LOCAL)
        noon = datetime.combine(now.date(), time(12, 15), LOCAL)
        return ((noon - now) % timedelta(days=1)).total_seconds()

    def step(self, seconds: float) -> None:
        """Set the engine's clock."""
        self.time.step(seconds)
        self.pass_(PEOPLE_TAKE)

    # What is known of campaigns.

    def campaigns(self, *states: CampaignState) -> list[Campaign]:
        """Campaigns in some states."""
        with self.database.read() as conn:
            return campaigns.in_state(conn, *states)

    def campaign(self, number: int) -> Campaign:
        with self.database.read() as conn:
            return campaigns.get(conn, number)

    def know(self, campaign: Campaign) -> None:
        """Tell the oracle what was approved for a campaign."""
        rules = campaign.rules
        known = self.oracle.facts.get(campaign.id)
        self.oracle.facts[campaign.id] = Facts(
            time.fromisoformat(campaign.opens),
            time.fromisoformat(campaign.closes),
            rules.holidays,
            campaign.until,
            rules.starts_at,
            rules.budget,
            rules.rate,
            rules.priority is Priority.URGENT,
            None if rules.fallback_hours is None else rules.fallback_hours * 3_600_000,
            rules.pilot > 0 if known is None else known.piloting,
            self._pilot(campaign.id),
            campaign.parent,
            frozenset(State(state) for state in campaign.parent_states),
            self.oracle.delivered() if known is None else known.got,
            self.time.loop.time() if known is None or known.rate != rules.rate else known.rate_from,
        )

    def resumed(self, campaign: Campaign) -> None:
        """Tell the oracle that a held campaign goes on; after its pilot, for everybody."""
        self.oracle.stopped.discard(campaign.id)
        looked = campaign.paused_by == "engine" and "pilot" in (campaign.paused_why or "")
        if looked and campaign.id in self.oracle.facts:
            self.oracle.facts[campaign.id].piloting = False

    def over(self) -> bool:
        """Whether every campaign that was started has come to its end."""
        return not self.left() and not self.waiting()

    def left(self) -> str:
        """The campaigns that have not come to their end, in words."""
        with self.database.read() as conn:
            rows = conn.execute(text(
                "SELECT id, name, state, paused_why FROM campaign WHERE settled_at IS NULL"
            ))  # fmt: skip
            return ", ".join(
                f"{name} is {state} ({why})"
                for number, name, state, why in rows
                if number in self.oracle.facts
            )

    def _pilot(self, campaign: int) -> frozenset[int]:
        with self.database.read() as conn:
            rows = conn.execute(
                text("SELECT first, last FROM chunk WHERE campaign = :id AND pilot = 1"),
                {"id": campaign},
            )
            return frozenset(n % 100_000_000 for a, b in rows for n in range(a, b + 1))

    # Receipts.

    def call(self, told: Sequence[tuple[Request, Status]]) -> None:
        """Carriers call back about requests."""
        calls = []
        for request, status in told:
            self.counts[f"receipt {status.name}"] += 1
            self.oracle.receipts[request.key].append(status)
            self.oracle.settled.discard(request.key)
            calls.append((self.names[request.account], body(request, status)))
        self._look()
        self.process.call(calls)

    def settle(self) -> None:
        """Look at the calls whose time has come."""
        self.pass_(0.4)
        self._look()
        if self.waiting():
            self.process.settle()
        if not self.waiting():
            self.oracle.settled.update(self.oracle.receipts)

    def waiting(self) -> int:
        """Calls in the inbox."""
        return self._waiting.get()

    # What has to be true.

    def check(self) -> None:
        """Promises 1, 2 and 5, at any moment."""
        wrong = [*self.oracle.wrong, *self.oracle.taken_twice(), *self._overwritten()]
        with self.database.read() as conn:
            for number in self.oracle.facts:
                wrong += [f"tally: {each}" for each in differences(conn, number)]
                wrong += people(conn, number)
        assert not wrong, "\n".join(wrong)

    def _overwritten(self) -> list[str]:
        """Promise 4: what a carrier has said for good stays, whatever it says later."""
        told = {State.DELIVERED, State.UNDELIVERED}
        finals = {n: row[0] for n, row in self.messages().items() if row[0] in told}
        before, self._finals = self._finals, self._finals | finals
        return [
            f"message {number} was {state.label}, and is not any more"
            for number, state in before.items()
            if finals.get(number) is not state
        ]

    def check_end(self) -> None:
        """Promises 1, 2 and 4, when nothing is left to do."""
        self.check()
        wrong, lost = [], 0
        for number, message in self.messages().items():
            state, reason = message[0], message[2]
            lost += reason == "interrupted"
            may = self.oracle.ends(number)
            if state not in may:
                allowed = ", ".join(sorted(each.label for each in may))
                wrong.append(f"message {number} is {state.label} ({reason}), not {allowed}")
            if not reason and self.oracle.doubted(number):
                wrong.append(f"message {number} is {state.label} as if a carrier had said yes")
        most = self.oracle.kills * sum(account.in_flight for account in ACCOUNTS)
        if lost > most:
            wrong.append(f"{lost} are unknown after {self.oracle.kills} kills")
        self.counts["interrupted"] += lost
        assert not wrong, "\n".join(wrong)

    def messages(self) -> dict[int, Row]:
        """Every message of the started campaigns: state, whether it was superseded, reason."""
        with self.database.read() as conn:
            return messages(conn, self.oracle.facts)

    def unknown(self, campaign: int) -> int:
        """How many people of a campaign may have its message or not."""
        with self.database.read() as conn:
            rows = messages(conn, [campaign]).values()
        return sum(state is State.UNKNOWN and not superseded for state, superseded, _ in rows)

    def close(self) -> None:
        """End it all."""
        self.process.die()
        self.time.loop.close()
        self.database.close()


def _sending(conn: Connection) -> set[int]:
    rows = conn.execute(text("SELECT id FROM campaign WHERE state IN ('running', 'scheduled')"))
    return set(rows.scalars())


def _waiting(conn: Connection) -> int:
    return int(conn.execute(text("SELECT COUNT(*) FROM inbox")).scalar_one())

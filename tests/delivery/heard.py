"""A carrier that names what it took by ids of its own, and what settles its words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from outreach.carriers.base import Callback, Capabilities, ReceiptWay
from outreach.delivery.calls import pack
from outreach.delivery.settle import Settler
from outreach.domain.key import SendClass
from outreach.domain.network import Network
from outreach.domain.reach import Lesson, Reach
from outreach.domain.receipt import Receipt, Status
from outreach.store import inbox
from tests.delivery.stage import OTHER, SEAL, Carrier, Stage


@dataclass(slots=True)
class Namer(Carrier):
    """Its calls have several words parted by commas; a dash stands for what is not told.

    `receipt reference status [msisdn [network]]`, `lesson address [reach [msisdn]]`
    """

    addressed: bool = False
    carries_key: bool = False
    window: timedelta = timedelta(0)
    """For how long it refuses a key that it has taken."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            self.channel,
            ReceiptWay.PUSHED,
            self.carries_key,
            self.window,
            addressed=self.addressed,
        )

    def receipts(self, call: Callback) -> Sequence[Receipt]:
        return [
            Receipt(
                Status(int(status)),
                reference=reference,
                msisdn=None if msisdn == "-" else msisdn,
                code="c",
                network=None if network == "-" else Network[network],
            )
            for reference, status, msisdn, network in _said(call, "receipt")
        ]

    def lessons(self, call: Callback) -> Sequence[Lesson]:
        return [
            Lesson(
                None if msisdn == "-" else msisdn,
                address,
                None if reach == "-" else Reach(reach),
            )
            for address, reach, msisdn, _ in _said(call, "lesson")
        ]


def _said(call: Callback, what: str) -> list[list[str]]:
    words = [word.split() for word in call.query.split(",")]
    return [[*word[1:], "-", "-", "-"][:4] for word in words if word[0] == what]


class Ear:
    """What hears a stage's carriers."""

    def __init__(self, stage: Stage, carriers: Mapping[int, Carrier]) -> None:
        self._stage = stage
        heard = {number: ("any", carrier) for number, carrier in carriers.items()}
        self._settler = Settler(stage.writer, heard, SEAL, SendClass.LIVE, stage.clock)

    async def hear(self, *calls: str, account: int = OTHER) -> None:
        """Take calls and settle what there is to settle, but for what has to wait longer."""
        now = int(self._stage.clock().timestamp() * 1000)
        with self._stage.database.write() as conn:
            inbox.put(conn, [(account, now, pack(Callback(call, {}, b""))) for call in calls])
        await self.later(milliseconds=inbox.GRACE_MS)

    async def later(self, **span: float) -> None:
        """Let time pass, and look again at what waits."""
        self._stage.clock.pass_(**span)
        while await self._settler.settle():
            pass

    def effects(self) -> dict[str, int]:
        """How often receipts came to what, by the history."""
        with self._stage.database.read() as conn:
            rows = conn.exec_driver_sql("SELECT effect, COUNT(*) FROM receipt GROUP BY effect")
            return {row[0]: row[1] for row in rows}

    def waiting(self) -> int:
        """Calls that are not settled."""
        with self._stage.database.read() as conn:
            return inbox.waiting(conn)

"""A carrier whose wire stands in its account's file, not in a dialect of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yarl import URL

from outreach.simulator.faults import Faults
from outreach.simulator.numbers import international, is_msisdn
from outreach.simulator.plain_wire import Answer, CallbackShape, Given, Wire
from outreach.simulator.postman import FORM, JSON, Receipt
from outreach.simulator.recent import Recent
from outreach.simulator.stage import Dialect, Message, Stage, Turn, Verdict
from outreach.simulator.wire import Reply, Request, Routes

_DAY_S = 86_400
_BAD = Reply(b"Bad Request", 400, b"text/plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainConfig:
    """An account of one message a call over HTTP; `credentials` are options and their values.

    `networks` are those that the account serves (VT, VN, MB, VM, GT, IT, RD), `base` is the path
    of its address. `callback` is the fixed address for receipts, if sends do not name one.
    """

    name: str
    wire: Wire
    credentials: Mapping[str, str] = field(repr=False)
    networks: frozenset[str]
    base: str
    faults: Faults | None = None
    callback: str | None = None

    def build(self, stage: Stage) -> "Plain":
        """Set the dialect on its stage."""
        return Plain(self, stage)


class Plain(Dialect):
    """One send, one answer, one callback where the wire has one."""

    def __init__(self, config: PlainConfig, stage: Stage) -> None:
        self.stage = stage
        self._config = config
        self._wire = config.wire
        self._taken: Recent[str] = Recent(_DAY_S)

    def routes(self) -> Routes:
        """One address: that of the account and the wire's path."""
        return {(self._wire.method, self._config.base + self._wire.path): self._send}

    async def _send(self, request: Request) -> Reply:
        given = self._wire.reads(request)
        wire = self._wire
        if given is None:
            return self.stage.answered(request, wire.path, "", Verdict("HTTP 400", _BAD))
        number = international(given.at(wire.number).removeprefix("+"))
        message = Message(given.at(wire.key), number, given.at(wire.text))
        return await self.stage.play(request, message, lambda t: self._judge(given, message, t))

    def _judge(self, given: Given, message: Message, turn: Turn) -> Verdict:
        no = self._refusal(given, message, turn)
        if no is not None:
            forced = turn.faults.forced_code if no is self._wire.refused else ""
            return self._say(no, message, no.forced(forced) if forced else no.code)
        again = self._wire.duplicate
        if again and (before := turn.before(self._taken, message.key)):
            return self._say(again, message, again.code, before)
        return self._accept(given, message, turn)

    def _refusal(self, given: Given, message: Message, turn: Turn) -> Answer | None:
        """The answer with which nothing is taken, if there is a reason for one."""
        wire = self._wire
        if not self._authorized(given):
            return wire.unauthorized
        if turn.throttled and not turn.faults.forced_code:
            return wire.throttled
        bad = turn.refused or turn.subscriber.blocked or not _whole(message)
        if bad or turn.faults.forced_code:
            return wire.refused
        served = turn.subscriber.network in self._config.networks
        return None if served else wire.elsewhere

    def _authorized(self, given: Given) -> bool:
        known = self._config.credentials
        places = self._wire.credentials.items()
        return all(given.at(place) == known[option] for option, place in places)

    def _say(
        self, answer: Answer, message: Message, code: str | int, reference: str = ""
    ) -> Verdict:
        return Verdict(str(code) or "no", answer.reply(self._values(message, code, reference)))

    def _accept(self, given: Given, message: Message, turn: Turn) -> Verdict:
        self._taken.put(message.key, turn.name, turn.at)
        accepted = self._wire.accepted
        reply = accepted.reply(self._values(message, accepted.code, turn.name))
        receipt = self._receipt(given, message, turn)
        return Verdict(
            str(accepted.code) or "ok", reply, accepted=True, reference=turn.name, receipt=receipt
        )

    def _values(self, message: Message, code: str | int, reference: str) -> dict[str, str | int]:
        return {
            **self._config.credentials,
            "number": message.msisdn,
            "key": message.key,
            "reference": reference,
            "code": code,
            "status": "",
            "at": "",
        }

    def _receipt(self, given: Given, message: Message, turn: Turn) -> Receipt | None:
        shape = self._wire.callback
        told = shape and (given.at(shape.url) or self._config.callback)
        if shape is None or not told:
            return None
        values = {
            **self._values(message, "", turn.name),
            "status": shape.undelivered if turn.undelivered else shape.delivered,
            "at": int(turn.settles_at),
        }
        url, body, headers = _letter(shape, URL(told), values)
        known = (self.stage.name, message.key, message.msisdn, turn.name)
        return Receipt(*known, url, body, headers)


def _letter(
    shape: CallbackShape, url: URL, values: Mapping[str, str | int]
) -> tuple[URL, bytes | None, Mapping[str, str]]:
    """The address, body and headers of a callback."""
    if shape.body == "query":
        return url.update_query(shape.query(values)), None, {}
    if shape.body == "form":
        return url, shape.query(values).encode(), FORM
    return url, shape.json(values), JSON


def _whole(message: Message) -> bool:
    return is_msisdn(message.msisdn) and bool(message.text)

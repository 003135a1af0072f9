"""An SMSC for one system_id: binds, submits with their faults, receipts (wire-formats.md 4)."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from outreach.simulator.faults import Cut
from outreach.simulator.smpp import pdu, receipts, status, texts
from outreach.simulator.smpp.habits import Habits
from outreach.simulator.smpp.judge import judge
from outreach.simulator.smpp.line import Line
from outreach.simulator.smpp.outbox import Outbox
from outreach.simulator.smpp.pdu import MalformedError, Pdu, Submit
from outreach.simulator.smpp.receipts import Receipt
from outreach.simulator.smpp.texts import Part
from outreach.simulator.stage import Dialect, Message, Stage, Taken, Turn, Verdict
from outreach.simulator.wire import Reply, Request, Routes, json_reply


@dataclass(frozen=True, slots=True, kw_only=True)
class SmppConfig(Habits):
    """An account that speaks SMPP; see Habits for its fields."""

    def build(self, stage: Stage) -> "Smpp":
        """Set the dialect on its stage."""
        return Smpp(self, stage)


class Smpp(Dialect):
    """Each submit_sm is a request of its own; a bind may send, receive, or both."""

    def __init__(self, habits: Habits, stage: Stage) -> None:
        self.stage = stage
        self.habits = habits
        self.outbox = Outbox(habits, stage)
        self.lines: set[Line] = set()
        self._server: asyncio.Server | None = None

    def routes(self) -> Routes:
        """Not the carrier's: a way to end all its connections."""
        return {("POST", f"/{self.stage.name}/control/hang-up"): self._told_to_hang_up}

    async def open(self, host: str, *, free: bool) -> None:
        """Listen for binds."""
        port = 0 if free else self.habits.port
        tls = _tls(self.habits.certificate) if self.habits.certificate else None
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Line(self), host, port, family=socket.AF_INET, ssl=tls
        )
        scheme = "smpps" if tls else "smpp"
        self.line = f"{scheme}://{host}:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        self.outbox.close()
        if self._server is not None:
            self._server.close()
        self.hang_up()

    def hang_up(self, *, unbind: bool = False) -> None:
        """End all connections, politely or without a word; the next bind is welcome."""
        for line in list(self.lines):
            if unbind:
                line.ask_to_unbind()
            else:
                line.cut()

    def admit(self, body: bytes) -> int:
        """Judge a bind by its body: the command_status of the answer."""
        self.stage.ledger.query(self.stage.name)
        try:
            bind = pdu.read_bind(body)
        except MalformedError:
            return status.RINVCMDLEN
        if bind.system_id != self.habits.system_id:
            return status.RINVSYSID
        if bind.password != self.habits.password:
            return status.RINVPASWD
        bound = sum(line.bound != 0 for line in self.lines)
        return status.RBINDFAIL if 0 < self.habits.binds <= bound else status.ROK

    def submitted(self, line: Line, asked: Pdu) -> None:
        """Take a submit_sm and see to its answer."""
        try:
            submit = pdu.read_submit(asked.body)
        except MalformedError:
            line.say(asked.command | pdu.RESPONSE, status.RINVCMDLEN, asked.sequence)
            return
        crowded = 0 < self.habits.window <= line.waiting
        line.waiting += 1
        part = texts.read(submit, self.habits.alphabet)
        taken = self.stage.take(
            self.stage.clock(),
            _message(submit, part),
            lambda turn: self._judge(submit, part, turn, crowded=crowded),
        )
        if taken.turn is not None and taken.verdict.accepted:
            self._bring(submit, taken.turn, taken)
        self._answer(line, asked.sequence, taken)
        if 0 < self.habits.hang_up_after <= line.submits:
            line.cut()

    def _judge(self, submit: Submit, part: Part | int, turn: Turn, *, crowded: bool) -> Verdict:
        if code := judge(self.habits, submit, part, turn, crowded=crowded):
            return Verdict(f"0x{code:02X}")
        reference = receipts.answered(self.habits, turn.name)
        return Verdict("0x00", accepted=True, reference=reference)

    def _bring(self, submit: Submit, turn: Turn, taken: Taken) -> None:
        """Have the receipts of a submit go out, if it asked for any."""
        delays = taken.fortune.receipts_s
        body = receipts.deliver(self.habits, submit, turn) if delays else None
        if body is None:
            return
        overtakes = taken.fortune.receipt_first
        for delay in delays:
            receipt = Receipt(submit.destination, taken.verdict.reference, body)
            if overtakes:
                self.outbox.now(receipt)
                overtakes = False
            else:
                self.outbox.later(delay, receipt)

    def _answer(self, line: Line, sequence: int, taken: Taken) -> None:
        """Answer a submit, or not, as its fate has it."""
        wait = taken.fortune.latency_s
        code, body = int(taken.verdict.code or "0", 16), taken.verdict.reference.encode() + b"\0"
        match taken.cut:
            case Cut.NONE:
                pass
            case Cut.DROPPED_BEFORE | Cut.DROPPED_AFTER:
                _after(wait, line.cut)
                return
            case Cut.ERROR_BEFORE:
                code = status.RSYSERR
            case Cut.ERROR_AFTER:
                code = status.RUNKNOWNERR  # a system error says no; this one says nothing
            case Cut.UNANSWERED:
                wait = self.stage.faults.silence_s
                if not wait:
                    return
        _after(wait, partial(line.answer, code, sequence, b"" if code else body))

    async def _told_to_hang_up(self, request: Request) -> Reply:
        """Take `{"unbind": true}`, or nothing for a cut."""
        self.hang_up(unbind=bool((request.json() or {}).get("unbind")))
        return json_reply({"lines": len(self.lines)})


def _tls(certificate: str) -> ssl.SSLContext:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    return tls


def _message(submit: Submit, part: Part | int) -> Message:
    """Tell parts of one text apart, and a part that comes twice not."""
    if isinstance(part, int):
        return Message("", submit.destination, submit.octets.hex())
    place = "" if part.total == 1 else f"\x1f{part.number}/{part.total}"
    return Message("", submit.destination, part.text + place)


def _after(wait_s: float, act: Callable[[], None]) -> None:
    """Do something after a wait; at once where there is none."""
    if wait_s:
        asyncio.get_running_loop().call_later(wait_s, act)
    else:
        act()

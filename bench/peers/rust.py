"""An SMSC on the package smpp34, whose protocol is in Rust: see node.js for what it does."""

import asyncio
import json
import random
import sys
from pathlib import Path

import smpp34  # type: ignore[import-not-found] # installed when the trial runs

THROTTLED_EVERY = 25


class Smsc:
    """Takes submits, keeps a journal, brings receipts until they are acknowledged."""

    def __init__(self, path: Path) -> None:
        self._open: dict[str, str] = {}
        self._bound: dict[str, smpp34.Esme] = {}
        self._taken = self._asked = 0
        self._tasks: set[asyncio.Task[None]] = set()
        path.touch()
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            if "took" in entry:
                self._taken += 1
                self._open[entry["took"]] = entry["to"]
            elif "told" in entry:
                self._open.pop(entry["told"], None)
        self._journal = path.open("a", buffering=1)

    async def serve(self, port: int) -> None:
        server = smpp34.Server("127.0.0.1", port, system_id="peer", inbound_capacity=100_000)
        await server.start()
        print("ready", flush=True)
        while True:
            event = await server.next()
            if isinstance(event, smpp34.Esme):
                self._bound[event.session_id] = event
                for reference in list(self._open):
                    self._soon(reference, 0)
            elif isinstance(event, smpp34.SubmitSmEvent):
                self._take(event)
            else:
                self._bound.pop(event.session_id, None)

    def _take(self, submit: "smpp34.SubmitSmEvent") -> None:
        self._asked += 1
        if self._asked % THROTTLED_EVERY == 0:
            self._write({"threw": submit.destination_addr})
            submit.reject(smpp34.ESME_RTHROTTLED)
            return
        self._taken += 1
        reference = f"{self._taken:08x}"
        octets = {"octets": submit.short_message.hex(), "coding": submit.data_coding}
        self._write(
            {
                "took": reference,
                "to": submit.destination_addr,
                "esm_class": submit.esm_class,
                **octets,
            }
        )
        self._open[reference] = submit.destination_addr
        submit.accept(reference)
        self._soon(reference, random.uniform(0, 0.2))

    def _soon(self, reference: str, wait: float) -> None:
        task = asyncio.create_task(self._tell(reference, wait))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self, reference: str, wait: float) -> None:
        await asyncio.sleep(wait)  # as long as the way to a telephone
        number = int(reference, 16)
        if not self._bound or reference not in self._open:
            return  # told when somebody is bound again
        words = f"stat:DELIVRD err:000 done date:20261122120102 id:{reference}"
        tlvs = [
            smpp34.Tlv(smpp34.TLV_RECEIPTED_MESSAGE_ID, reference.encode() + b"\0"),
            smpp34.Tlv(smpp34.TLV_MESSAGE_STATE, b"\2"),
        ]
        form = {"tlvs": tlvs} if number % 2 else {"short_message": words.encode()}
        session = list(self._bound.values())[number % len(self._bound)]
        try:
            answer = await session.deliver_sm(
                "SIM-CITY",
                source_addr=self._open[reference],
                source_addr_ton=1,
                source_addr_npi=1,
                dest_addr_ton=5,
                esm_class=4,
                **form,
            )
        except smpp34.SmppError:
            answer = None  # the session ended, or nobody answered in time
        if answer is not None and answer.command_status == 0:
            self._open.pop(reference, None)
            self._write({"told": reference})
        elif answer is not None:
            self._soon(reference, 0.2)

    def _write(self, entry: dict[str, object]) -> None:
        self._journal.write(json.dumps(entry) + "\n")


if __name__ == "__main__":
    asyncio.run(Smsc(Path(sys.argv[2])).serve(int(sys.argv[1])))

"""SMPP by TLS: whoever cannot show a good certificate gets not even our name."""

import asyncio
import shutil
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from outreach.domain.outcome import Accepted, NotSent
from outreach.domain.receipt import Status
from outreach.simulator import Simulator
from tests.simulator.smsc import smsc
from tests.simulator.speak import Esme

from .smpp_centre import LONG, SECRETS, Centre, Ear, client, message, serving, tells_nothing
from .test_tls import openssl, signed


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority and what it signed, made anew."""
    if shutil.which("openssl") is None:
        pytest.skip("the command openssl makes the certificates, and it is not there")
    folder = tmp_path_factory.mktemp("vault")
    key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    openssl(
        folder,
        f"req -x509 {key} -subj /CN=sim -days 2 -keyout authority.key -out authority.pem",
    )
    signed(folder, "good", "IP:127.0.0.1", 2)
    signed(folder, "elsewhere", "DNS:elsewhere.test", 2)
    signed(folder, "expired", "IP:127.0.0.1", -1)
    return folder


def shows(vault: Path, certificate: str) -> ssl.SSLContext:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(vault / f"{certificate}.pem", vault / f"{certificate}.key")
    return tls


async def test_a_good_certificate(vault: Path) -> None:
    async with (
        serving(Centre(), shows(vault, "good")) as centre,
        client(centre.port, scheme="smpps", ca_file=str(vault / "authority.pem")) as smpp,
    ):
        assert await smpp.submit(message()) == Accepted("SIM-1")
        assert await smpp.submit(message()) == Accepted("SIM-2")
    assert centre.bound == 1


@pytest.mark.parametrize(
    ("certificate", "authorities"),
    [("good", None), ("elsewhere", "authority.pem"), ("expired", "authority.pem")],
)
async def test_a_certificate_that_is_not_good(
    vault: Path, certificate: str, authorities: str | None
) -> None:
    options: dict[str, Any] = {"ca_file": str(vault / authorities)} if authorities else {}
    async with (
        serving(Centre(), shows(vault, certificate)) as centre,
        client(centre.port, scheme="smpps", **options) as smpp,
    ):
        outcome = await smpp.submit(message())
        assert outcome == NotSent("no bind: certificate not trusted")
        assert tells_nothing(outcome)
        assert centre.bound == 0


async def test_a_server_that_speaks_no_tls(vault: Path) -> None:
    async def answer_plainly(line: object) -> None: ...

    async with (
        serving(Centre(greeting=answer_plainly)) as centre,
        client(centre.port, scheme="smpps", within=0.5) as smpp,
    ):
        outcome = await smpp.submit(message())
        assert isinstance(outcome, NotSent)
        assert outcome.reason.startswith("no bind: ")
        assert centre.bound == 0


async def test_a_server_that_speaks_tls_only(vault: Path) -> None:
    async with (
        serving(Centre(), shows(vault, "good")) as centre,
        client(centre.port, within=0.5) as smpp,
    ):
        assert await smpp.submit(message()) == NotSent("no bind: connection lost")
        assert centre.bound == 0


@pytest.fixture
def certificate(vault: Path) -> str:
    """What the simulated SMS centre shows: certificate and key in one file."""
    both = vault / "both.pem"
    both.write_bytes((vault / "good.pem").read_bytes() + (vault / "good.key").read_bytes())
    return str(both)


async def test_texts_and_receipts_end_to_end(vault: Path, certificate: str) -> None:
    trusted, ear = str(vault / "authority.pem"), Ear()
    user, password = SECRETS
    async with smsc(certificate=certificate, system_id=user, password=password) as sim:
        port = urlsplit(sim.lines["smpp"]).port
        assert port is not None
        async with client(port, ear, scheme="smpps", ca_file=trusted, binds=2) as smpp:
            outcomes = [await smpp.submit(message(body, n)) for n, body in enumerate(("Xin", LONG))]
            await sim.settled()  # every receipt was acknowledged
            receipts = [told for call in ear.calls for told in smpp.receipts(call)]
    assert all(isinstance(each, Accepted) for each in outcomes)
    references = [
        part
        for each in outcomes
        if isinstance(each, Accepted)
        for part in each.parts or (each.reference,)
    ]
    assert len(references) == 4
    assert {told.reference for told in receipts} == {*references}
    assert {told.status for told in receipts} == {Status.DELIVERED}


async def bound_by_tls(sim: Simulator, vault: Path, command: int) -> Esme:
    """Be bound as other clients are, by TLS."""
    where = urlsplit(sim.lines["smpp"])
    assert where.scheme == "smpps"
    trust = ssl.create_default_context(cafile=vault / "authority.pem")
    esme = Esme(*await asyncio.open_connection(where.hostname, where.port, ssl=trust))
    assert (await esme.bind(command)).status == 0
    return esme


async def test_a_pair_of_a_transmitter_and_a_receiver(vault: Path, certificate: str) -> None:
    async with smsc(certificate=certificate) as sim:
        sender = await bound_by_tls(sim, vault, 0x02)
        receiver = await bound_by_tls(sim, vault, 0x01)
        assert (await receiver.submit()).status == 0x04
        answer = await sender.submit()
        assert (await receiver.receipt()).field("id") == answer.reference
        assert (await sender.ask(0x15)).command == 0x80000015  # and nothing else came to it
        assert (await sender.ask(0x06)).command == 0x80000006
        assert await sender.ended()


async def test_the_simulated_centre_with_a_certificate_speaks_tls_only(certificate: str) -> None:
    async with smsc(certificate=certificate) as sim:
        where = urlsplit(sim.lines["smpp"])
        esme = Esme(*await asyncio.open_connection(where.hostname, where.port))
        esme.say(0x09, b"sim-smpp\0sim-pass\0\0\x34\0\0\0")
        assert await esme.ended()
        assert sim.ledger.summary().get("smpp", {}).get("queries", 0) == 0

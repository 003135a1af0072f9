"""SMPP by TLS: whoever cannot show a good certificate gets not even our name."""

import shutil
import ssl
from pathlib import Path
from typing import Any

import pytest

from outreach.domain.outcome import Accepted, NotSent

from .smpp_centre import Centre, client, message, serving, tells_nothing
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

"""Serving the application, alone or beside the engine."""

import contextlib
from collections.abc import Iterator

import uvicorn

from outreach.bootstrap import House
from outreach.web.app import application
from outreach.web.wary import WaryProtocol


class Server(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def server(house: House, host: str, port: int) -> Server:
    """Make a server on an address; `await server.serve()` runs it until `should_exit`."""
    return Server(
        uvicorn.Config(
            application(house),
            host=host,
            port=port,
            http=WaryProtocol,
            ws="none",
            log_level="error",  # of each request that is no HTTP it would warn: any number of them
            access_log=False,
            server_header=False,
            lifespan="on",
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=5,
        )
    )

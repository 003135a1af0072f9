"""Real sockets are tried on both event loops: each has its own words for a broken connection."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

pytest.register_assert_rewrite(
    "tests.carriers.contract",
    "carriers.contract",
    "tests.carriers.again",
    "tests.carriers.asked_contract",
    "tests.carriers.dialects",
    "tests.carriers.heard",
    "tests.carriers.list_contract",
    "tests.carriers.rehearsed",
)

_PLAIN = {"asyncio": asyncio.new_event_loop}
_BOTH = {**_PLAIN, "uvloop": uvloop.new_event_loop}
_ON_SOCKETS = {
    *("test_transport.py", "test_wire.py", "test_kept_alive.py", "test_damaged.py"),
    "test_connections.py",
    *("test_smpp_lines.py", "test_smpp_binds.py", "test_smpp_heard.py", "test_smpp_tls.py"),
}


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return _BOTH if item.path.name in _ON_SOCKETS else _PLAIN

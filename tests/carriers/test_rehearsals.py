"""Every shipped account speaks with the simulator as it is: address, credentials, words."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from outreach.campaigns.compose import Renderer
from outreach.campaigns.templates import TemplateSet
from outreach.carriers.base import Adapter, Lasting, Lists, Submission
from outreach.carriers.http import Http
from outreach.carriers.ports import Ports
from outreach.carriers.registry import adapter
from outreach.domain.network import Network
from outreach.domain.outcome import Accepted, NotSent, Outcome
from outreach.settings import Account, utc_now
from outreach.settings.account import read_account
from outreach.simulator import Simulator, SimulatorConfig, load_dialects
from outreach.simulator.accounts import variables
from outreach.simulator.zalo_uid import user_id

from .contract import CALLBACK, KEY, MemoryTokens

ROOT = Path(__file__).parents[2]
ACCOUNTS = ROOT / "config" / "accounts"
NUMBERS = {
    Network.VIETTEL: "84960000001",
    Network.VINAPHONE: "84910000001",
    Network.MOBIFONE: "84900000001",
    Network.VIETNAMOBILE: "84920000001",
}


@pytest.mark.parametrize("name", sorted(path.stem for path in ACCOUNTS.glob("*.toml")))
async def test_a_shipped_account_sends_to_the_simulator(name: str) -> None:
    async with Simulator(SimulatorConfig(dialects=load_dialects(ACCOUNTS))) as sim:
        environ = variables(ROOT / "config", sim.url, sim.lines)
        account = read_account(ACCOUNTS / f"{name}.toml", environ)
        outcome, sent = await _said(account)
        taken = {row.msisdn for row in sim.ledger.requests(name) if row.accepted}
    assert isinstance(outcome, Accepted)
    assert taken == sent


async def _said(account: Account) -> tuple[Outcome, set[str]]:
    """Send what a campaign would, to one number or to the smallest list; who it went to."""
    network = min(account.networks)
    texts = TemplateSet.load(ROOT / "templates" / "messages", "install-guide")
    content = Renderer(texts).message(texts.sample, account)
    http = Http(account.timeout, 4)
    made = adapter(account, Ports(http, MemoryTokens(), CALLBACK, utc_now))
    numbers = [str(int(NUMBERS[network]) + n) for n in range(made.capabilities.list_least)]
    messages = [
        Submission(f"{KEY}{n}", number, network, content, address=user_id(number))
        for n, number in enumerate(numbers)
    ]
    try:
        if isinstance(made, Lasting):
            await made.open()
        while isinstance(outcome := await _handed_over(made, messages), NotSent):
            await asyncio.sleep(0.02)  # the line comes up when it does
    finally:
        if isinstance(made, Lasting):
            await made.close()
        await http.aclose()
    return outcome, set(numbers)


async def _handed_over(made: Adapter, messages: Sequence[Submission]) -> Outcome:
    if len(messages) == 1:
        return await made.submit(messages[0])
    assert isinstance(made, Lists)
    told = await made.submit_list(KEY, messages)
    return told[0] if isinstance(told, Sequence) else told

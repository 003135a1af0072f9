"""Campaigns over every account at once, every fault on, the engine killed meanwhile.

    python -m bench.every_account --recipients 6000 --seed 1 --kills 5

Three campaigns: by Zalo with SMS behind it, by SMS, and equal texts in lists over the account for
advertisements. Exit code 1 if a promise broke: recipients are conserved, nobody is asked for twice,
no account is ever above its limit, every account has its share and meets its faults.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.every_account_proof import SUBMITS, Proof, Seen, seen
from bench.kills import kill
from bench.scene import CONFIG, Scene, scene, set_in_flight, set_limit
from bench.trial import first_tokens, to_the_end
from outreach.campaigns.control import Wish
from outreach.campaigns.routes import Choice
from outreach.cli.town import rehearsal_config
from outreach.domain.network import Channel, Network
from outreach.domain.reach import Lesson, Reach
from outreach.domain.window import LEGAL
from outreach.settings import load
from outreach.store import reach

_ROUGH = 'preset = "rough", throttled = 0.1'
_ONE_OF_ALL = f"{_ROUGH}, refused = 0.08"
_LIST = 'preset = "rough", throttled = 0.2'
"""A list is throttled, cut and slow as its first member would be: there are few calls."""
_LISTS_OF_30 = (
    f"{_LIST}, dropped_after = 0.1, error_after = 0.1, unanswered = 0.1"
    ", refused = 0.02, blocked = 0.0"
)
"""One bad number refuses its list, and none is smaller: fewer of them are bad."""


@dataclass(frozen=True, slots=True)
class _Role:
    """What an account may send a second, its window, its share, and what its carrier does wrong."""

    limit: str
    amount: int
    in_flight: int = 12
    weight: int = 100
    options: str = ""
    plan: str = _ONE_OF_ALL
    habits: str = ""

    @property
    def parts(self) -> bool:
        """Whether the limit counts parts; else requests."""
        return "parts" in self.limit


_PARTS = 'unit = "parts"'
_REQUESTS = 'unit = "requests"'
_ANY = 'unit = "requests", scope = "any"'

ROLES: Mapping[str, _Role] = {
    "zalo": _Role(_REQUESTS, 60),
    "zalo_uid": _Role(_ANY, 60),
    "viettel": _Role(_PARTS, 20, weight=500),
    "vnpt": _Role(_PARTS, 40, 30, weight=500, options="list_most = 10", plan=_ROUGH),
    "mobifone": _Role(_PARTS, 20, weight=500),
    "smpp": _Role(
        _PARTS,
        20,
        weight=500,
        options=f"binds = 2\nwindow = {SUBMITS}",
        habits=f"binds = 2\nwindow = {SUBMITS}\n",
    ),
    "esms": _Role(_PARTS, 20, options="duplicate_window_hours = 0"),
    "fpt": _Role(_REQUESTS, 10),
    "vietguys": _Role(_REQUESTS, 10),
    "speedsms": _Role(
        _ANY,
        3,
        30,
        options="list_most = 10",
        plan=_LIST,
        habits="requests = 1000\nperiod_s = 1.0\n",
    ),
    "esms_ads": _Role(_ANY, 5, 60, options="list_most = 30", plan=_LISTS_OF_30),
}
"""Every account that is shipped."""

_PEOPLE = [
    *[(Network.VIETTEL, 86)] * 2,
    *[(Network.VINAPHONE, 91)] * 2,
    *[(Network.MOBIFONE, 90)] * 2,
    (Network.VIETNAMOBILE, 92),
    (Network.GMOBILE, 59),
    (Network.ITEL, 87),
    (Network.WINTEL, 55),
]
_APPROVALS = "[account.approvals]"
_ADS = "esms_ads"
_ADS_LAST = timedelta(seconds=85)
"""When the advertisement ends, come what may: who is too few for a list waits for whole minutes."""
_USER = "70000000"
"""What the simulator's Zalo puts before a number to make its owner's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many people, how often the engine is killed, and the seed of all chances."""

    recipients: int
    kills: int
    seed: int

    @property
    def ads(self) -> int:
        """How many of them get the advertisement."""
        return max(self.recipients // 4, 450)

    @property
    def by_zalo(self) -> int:
        """How many are written to by Zalo first."""
        return (self.recipients - self.ads) // 2


def every_account(folder: Path, plan: Plan) -> Seen:
    """Send the campaigns through the kills to their end, and look at what became."""
    chance = random.Random(plan.seed)
    config = _config(folder)
    carriers = folder / "carriers.toml"
    carriers.write_text(_carriers())
    began = time.monotonic()
    simulator = ["--seed", str(plan.seed), "--accounts", str(carriers)]
    with scene(folder, simulator, config) as stage:
        _launch(stage, plan)
        first_tokens(stage)
        for _ in range(plan.kills):
            kill(stage, chance)
        to_the_end(stage, stage.engine())
        limits = {name: (role.amount, role.parts) for name, role in ROLES.items()}
        window = sum(each.in_flight for each in load(config, stage.environ).accounts)
        proof = Proof(limits, plan.recipients, plan.kills, window, time.monotonic() - began)
        return seen(stage, proof)


def _config(folder: Path) -> Path:
    """The shipped settings, every account switched on, with limits that are met."""
    config = rehearsal_config(CONFIG, folder / "config")
    accounts = config / "accounts"
    approved = (accounts / "esms.toml").read_text(encoding="utf-8").partition(_APPROVALS)[2]
    paths = {path.stem: path for path in accounts.glob("*.toml")}
    assert paths.keys() == ROLES.keys(), "every shipped account has its role here"
    for name, path in paths.items():
        role, block = ROLES[name], path.read_text(encoding="utf-8")
        block = block.replace("enabled = false", "enabled = true")
        if "install-guide" not in block:
            block = block.partition(_APPROVALS)[0] + f"\n{_APPROVALS}{approved}"
        for key in ("binds", "window"):
            block = block.replace(f"\n{key} = ", f"\n# {key} = ")
        for slow in (15, 30):
            block = block.replace(f"timeout_seconds = {slow}", "timeout_seconds = 3")
        block = block.replace("[account.options]", f"[account.options]\n{role.options}")
        path.write_text(block, encoding="utf-8")
        set_limit(path, f"{role.limit}, amount = {role.amount}")
        set_in_flight(path, role.in_flight)
    return config


def _carriers() -> str:
    """The carriers' accounts, for the simulator: nobody refuses a request that repeats."""
    tables = (
        f"[{name}]\n{role.habits}faults = {{ {role.plan} }}\n" for name, role in ROLES.items()
    )
    return "\n".join(tables)


def _launch(stage: Scene, plan: Plan) -> None:
    """Start all campaigns, each with people of its own; some are known by their Zalo ids."""
    sizes = {"both": plan.by_zalo, "sms": plan.recipients - plan.ads - plan.by_zalo, _ADS: plan.ads}
    first = 0
    for name, size in sizes.items():
        stage.people(size, name, _PEOPLE, first)
        first += size
    _tell_ids(stage)
    for name in sizes:
        stage.launch(_wish(stage, name))


def _wish(stage: Scene, name: str) -> Wish:
    if name == _ADS:
        until = stage.house.settings.clock() + _ADS_LAST
        channels, chosen = [Channel.SMS], [Choice(_ADS)]
        return Wish(name, name, "install-guide", channels, LEGAL, until, accounts=chosen)
    channels = [Channel.ZALO, Channel.SMS] if name == "both" else [Channel.SMS]
    channel = {each.name: each.channel for each in stage.house.settings.accounts}
    chosen = [
        Choice(account, role.weight)
        for account, role in ROLES.items()
        if account != _ADS and channel[account] in channels
    ]
    return Wish(name, name, "install-guide", channels, LEGAL, accounts=chosen)


def _tell_ids(stage: Scene) -> None:
    """Let two of three people be known by the official account's own id of them."""
    account = stage.house.numbers["zalo_uid"]
    with stage.house.database.write() as conn:
        people = conn.exec_driver_sql("SELECT msisdn FROM recipient WHERE id % 3 > 0").scalars()
        told = [
            reach.Told(Lesson(str(each), f"{_USER}{each}", Reach.OPEN), Channel.ZALO, account, at=1)
            for each in people.all()
        ]
        reach.learn(conn, told)


def main() -> int:
    """Run once and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--recipients", type=int, default=6_000)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if given.seed is None else given.seed
    print(f"seed {seed}, {given.recipients} recipients, {given.kills} kills", flush=True)
    with tempfile.TemporaryDirectory(prefix="ob-every-") as folder:
        plan = Plan(recipients=given.recipients, kills=given.kills, seed=seed)
        found = every_account(Path(folder), plan)
    print(found.table())
    return 1 if found.broken else 0


if __name__ == "__main__":
    sys.exit(main())

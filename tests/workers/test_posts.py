"""What there is to do in a cluster, by queue."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from outreach import settings as installed
from outreach.cli.town import rehearsal_config
from outreach.domain.errors import BadInputError
from outreach.settings import Account
from outreach.simulator.accounts import variables
from workers import __main__ as door
from workers.celery_app import load, make
from workers.posts import Post, Work, chosen, posts

CONFIG = Path(__file__).parent.parent.parent / "config"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The delivered settings, every account enabled."""
    every = [path.stem for path in (CONFIG / "accounts").glob("*.toml")]
    return rehearsal_config(CONFIG, tmp_path_factory.mktemp("posts") / "config", every)


@pytest.fixture(scope="module")
def environ(config: Path) -> dict[str, str]:
    return {
        **variables(config, "http://127.0.0.1:9", {}),
        "OUTREACH_KEY_SECRET": "a key secret for rehearsals",
        "OUTREACH_CALLBACK_TOKEN": "a-callback-token-for-rehearsals",
        "OUTREACH_CALLBACK_URL": "http://127.0.0.1:9",
        "OUTREACH_CONFIG": str(config),
    }


@pytest.fixture(scope="module")
def accounts(config: Path, environ: dict[str, str]) -> Sequence[Account]:
    return installed.load(config, environ).accounts


def test_every_account_has_a_queue_and_smpp_ones_are_apart(accounts: Sequence[Account]) -> None:
    queues = {post.queue for post in posts(accounts)}
    assert {"receipts", "poll", "sweep", "reports", "send.viettel", "smpp.smpp"} <= queues
    assert len(queues) == len(accounts) + 4
    assert {post.account.name for post in posts(accounts) if post.account} == {
        account.name for account in accounts
    }


def test_as_many_may_send_as_the_account_says(accounts: Sequence[Account]) -> None:
    by_queue = {post.queue: post for post in posts(accounts)}
    for account in accounts:
        work = Work.SMPP if account.adapter == "smpp" else Work.SEND
        assert len(by_queue[f"{work}.{account.name}"].seats) == account.workers
    assert len(by_queue["sweep"].seats) == 1
    assert not by_queue["receipts"].seats
    seats = [seat for post in by_queue.values() for seat in post.seats]
    assert len(set(seats)) == len(seats)


@pytest.mark.parametrize(
    ("named", "found"),
    [
        (["sweep"], {"sweep"}),
        (["smpp"], {"smpp.smpp"}),
        (["send.zalo", "receipts"], {"send.zalo", "receipts"}),
    ],
)
def test_queues_are_chosen_by_name_or_kind(
    accounts: Sequence[Account], named: list[str], found: set[str]
) -> None:
    assert {post.queue for post in chosen(accounts, named)} == found


def test_no_name_means_all_of_them(accounts: Sequence[Account]) -> None:
    assert chosen(accounts, []) == posts(accounts)
    assert len(chosen(accounts, ["send"])) == len(accounts) - 1


def test_an_unknown_queue_is_named_with_those_there_are(accounts: Sequence[Account]) -> None:
    with pytest.raises(BadInputError, match=r"no queue is called 'send\.nobody'.*send\.viettel"):
        chosen(accounts, ["send.nobody"])


def test_a_kind_of_which_there_is_nothing_is_no_mistake(accounts: Sequence[Account]) -> None:
    """A service for SMPP may stand in a file that serves installations without it."""
    others = [account for account in accounts if account.adapter != "smpp"]
    assert chosen(others, ["smpp"]) == []


def test_the_bell_is_set_as_was_measured() -> None:
    conf = make("redis://127.0.0.1:9/0", [Post(Work.SWEEP), Post(Work.POLL)]).conf
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.task_ignore_result
    assert conf.worker_prefetch_multiplier == 1
    assert conf.broker_transport_options["visibility_timeout"] == 300
    assert conf.broker_transport_options["unacked_restore_throttle"] == 1
    assert [(queue.name, queue.routing_key) for queue in conf.task_queues] == [
        ("sweep", "sweep"),
        ("poll", "poll"),
    ]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({}, "OUTREACH_REDIS_URL is not set"),
        ({"OUTREACH_REDIS_URL": "http://127.0.0.1"}, "expected redis://"),
        ({"OUTREACH_REDIS_URL": "redis://127.0.0.1:9/0"}, "workers need PostgreSQL"),
    ],
)
def test_what_a_worker_lacks_is_said(
    told: dict[str, str],
    words: str,
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in [name for name in os.environ if name.startswith("OUTREACH_")]:
        monkeypatch.delenv(name)
    for name, value in {**environ, **told}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadInputError, match=words):
        load()
    assert door.main(["run"]) == 2
    assert words in capsys.readouterr().err


def test_a_worker_without_work_says_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    only = rehearsal_config(CONFIG, tmp_path / "config")
    told = {
        **variables(only, "http://127.0.0.1:9", {}),
        "OUTREACH_KEY_SECRET": "a key secret for rehearsals",
        "OUTREACH_CALLBACK_TOKEN": "a-callback-token-for-rehearsals",
        "OUTREACH_CONFIG": str(only),
        "OUTREACH_REDIS_URL": "redis://127.0.0.1:9/0",
        "OUTREACH_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert door.main(["run", "smpp"]) == 2
    said = capsys.readouterr().err
    assert "no enabled account has work for smpp" in said
    assert "there is work for: send.viettel, send.zalo, send.esms, receipts" in said


def test_no_password_of_redis_is_told(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OUTREACH_REDIS_URL", "http://:sim-word@127.0.0.1:9")
    with pytest.raises(BadInputError) as refused:
        load()
    assert "sim-word" not in str(refused.value)

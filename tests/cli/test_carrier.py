"""The carriers' commands: what they tell, what they never show, and a new carrier that works."""

import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from outreach.carriers.base import PullError, Standing, Submission
from outreach.carriers.esms import Esms
from outreach.domain.limit import LimitScope
from outreach.domain.network import Channel
from outreach.domain.outcome import (
    Accepted,
    Duplicate,
    Later,
    NotSent,
    Outcome,
    Refused,
    Scope,
    Unknown,
)
from outreach.runner import only_engine
from outreach.store import accounts, audit
from outreach.store.accounts import Pulse
from outreach.store.database import Database
from tests.cli.shell import ROOT, SECRETS, Done, Shell

NUMBER = "0900000001"


@pytest.fixture
def carrier() -> Iterator[str]:
    """An address at which somebody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/esms"


@pytest.fixture
def esms(shell: Shell, carrier: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """An installation whose eSMS listens and says nothing."""
    shell.people()
    monkeypatch.setenv("OUTREACH_ESMS_URL", carrier)
    _stands(monkeypatch, Standing())
    return shell


def _stands(monkeypatch: pytest.MonkeyPatch, answer: Standing | PullError) -> None:
    async def standing(_: Esms) -> Standing:
        if isinstance(answer, PullError):
            raise answer
        return answer

    monkeypatch.setattr(Esms, "standing", standing, raising=False)


def _rehearses(monkeypatch: pytest.MonkeyPatch, outcome: Outcome) -> list[Submission]:
    sent: list[Submission] = []

    async def rehearse(_: Esms, message: Submission) -> Outcome:
        sent.append(message)
        return outcome

    monkeypatch.setattr(Esms, "rehearse", rehearse, raising=False)
    return sent


def _graded(done: Done) -> dict[str, str]:
    return {check["name"]: check["grade"] for check in done.json["checks"]}


def _told(done: Done, name: str) -> str:
    return next(str(check["told"]) for check in done.json["checks"] if check["name"] == name)


def _listed(shell: Shell) -> dict[str, dict[str, object]]:
    return {each["name"]: each for each in shell.ok("carrier", "list")["carriers"]}


def test_the_list_needs_no_database_and_no_secret_of_a_carrier(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OUTREACH_ESMS_API_KEY")
    found = _listed(shell)
    assert [*found] == sorted(path.stem for path in (ROOT / "config" / "accounts").glob("*.toml"))
    assert found["esms"]["state"] == "secrets missing"
    assert found["esms"]["missing"] == ["OUTREACH_ESMS_API_KEY"]
    assert found["vnpt"]["state"] == "disabled"
    assert found["viettel"]["state"] == "ready"
    assert found["viettel"]["networks"] == ["Viettel"]
    assert found["viettel"]["limits"] == ["1500 parts a second"]
    assert {found[name]["engine"] for name in found} == {None}
    assert not (shell.folder / "data").exists(), "looking leaves no trace"


def test_who_is_called_back_is_told_where_without_the_secret_part(shell: Shell) -> None:
    found = _listed(shell)
    assert str(found["esms"]["callback"]).endswith("/callbacks/esms/***")
    assert found["viettel"]["callback"] is None, "it pushes nothing"
    assert found["smpp"]["callback"] is None, "it has a line of its own"
    shell("carrier", "list")
    assert not any(secret in printed for printed in shell.printed for secret in SECRETS)


def test_a_faulty_file_is_shown_with_its_fault(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    monkeypatch.setenv("OUTREACH_CONFIG", str(tmp_path / "config"))
    path = tmp_path / "config" / "accounts" / "fpt.toml"
    path.write_text(path.read_text().replace('adapter = "fpt"', 'adapter = "ftp"'))
    found = _listed(shell)["fpt"]
    assert found["state"] == "faulty"
    assert "no adapter is called 'ftp'" in str(found["fault"])


def test_what_the_engine_said_of_an_account(esms: Shell) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    database = Database(f"sqlite:///{esms.folder / 'data' / 'outreach.db'}")
    with database.write() as conn:
        number = accounts.register(conn, [("esms", Channel.SMS)])["esms"]
        detail = {"state": "open", "reason": "101 ApiKey or SecretKey wrong"}
        subject = f"account:{number}"
        audit.write(conn, audit.Entry(now, audit.ENGINE, "account.breaker", subject, detail))
        reason = "101 ApiKey or SecretKey wrong"
        accounts.beat(conn, [Pulse(number, now, 7, 1425, 3, "open", reason, unit="parts")])
    database.close()
    engine_said = _listed(esms)["esms"]["engine"]
    assert isinstance(engine_said, dict)
    assert (engine_said["breaker"], engine_said["rate_per_s"]) == ("open", 7)
    told = esms("--lang", "vi", "carrier", "list").out
    assert "ngừng gửi từ" in told
    assert "101 ApiKey hoặc SecretKey sai" in told
    assert "7 / 1.425" in told
    assert "esms: hạn mức: 1.500 đoạn mỗi giây" in told
    assert "a second" not in told
    assert "Tài khoản còn thiếu gì: outreach carrier check TÊN" in told


def test_a_sound_account(esms: Shell) -> None:
    done = esms("carrier", "check", "esms", "--json")
    assert (done.code, done.json["ok"]) == (0, True)
    assert _graded(done) == {
        "file": "ok",
        "credentials": "ok",
        "sender": "ok",
        "address": "ok",
        "callbacks": "warning",
        "contract": "ok",
    }
    assert "callbacks: set callback_url" in esms("carrier", "check", "esms").out


def test_a_missing_credential_ends_the_check(esms: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUTREACH_ESMS_API_KEY")
    done = esms("carrier", "check", "esms", "--json")
    assert done.code == 1
    assert _graded(done)["credentials"] == "error"
    assert "contract" not in _graded(done)


def test_an_address_that_nobody_listens_at(esms: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTREACH_ESMS_URL", "http://127.0.0.1:1/esms")
    done = esms("carrier", "check", "esms", "--json")
    assert (done.code, _graded(done)["address"]) == (1, "error")


@pytest.mark.parametrize(
    ("standing", "grades"),
    [
        (Standing(balance=Decimal(5)), {"balance": "ok"}),
        (Standing(balance=Decimal(0)), {"balance": "warning"}),
        (Standing(quota_left=1), {"quota": "ok"}),
        (Standing(quota_left=0), {"quota": "warning"}),
    ],
)
def test_how_the_contract_stands(
    esms: Shell, monkeypatch: pytest.MonkeyPatch, standing: Standing, grades: dict[str, str]
) -> None:
    _stands(monkeypatch, standing)
    done = esms("carrier", "check", "esms", "--json")
    assert done.code == 0
    assert grades.items() <= _graded(done).items()


@pytest.mark.parametrize(("hours", "grade"), [(0, "ok"), (-1, "warning"), (1, "warning")])
def test_how_far_the_clocks_differ(
    esms: Shell, monkeypatch: pytest.MonkeyPatch, hours: int, grade: str
) -> None:
    _stands(monkeypatch, Standing(clock=datetime.now(UTC) + timedelta(hours=hours)))
    assert _graded(esms("carrier", "check", "esms", "--json"))["clock"] == grade


def test_a_carrier_that_refuses_us_is_quoted_without_secrets(
    esms: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stands(monkeypatch, PullError("no: sim-esms-secret-key 84900000001"))
    done = esms("carrier", "check", "esms", "--json")
    assert (done.code, _told(done, "contract")) == (1, "no: *** ***")


def test_a_carrier_that_can_neither_be_asked_nor_tried(
    esms: Shell, carrier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("USER", "PASSWORD"):
        monkeypatch.setenv(f"OUTREACH_VIETGUYS_{name}", "sim-vietguys")
    monkeypatch.setenv("OUTREACH_VIETGUYS_URL", carrier)
    done = esms("carrier", "check", "vietguys", "--to", NUMBER, "--json")
    assert (done.code, _graded(done)["contract"]) == (0, "warning")
    assert (done.code, _graded(done)["trial"]) == (0, "warning")
    assert "nothing was sent" in _told(done, "trial")


@pytest.mark.parametrize(
    ("outcome", "grade", "code"),
    [
        (Accepted("sim-1"), "ok", 0),
        (Duplicate(), "warning", 0),
        (Refused(Scope.RECIPIENT, "9", "no"), "warning", 0),
        (Refused(Scope.ACCOUNT, "9", "sim-esms-secret-key"), "error", 1),
        (Later(timedelta(1), "no money"), "error", 1),
        (NotSent("no connection"), "error", 1),
        (Unknown("no answer"), "warning", 0),
    ],
)
def test_a_trial_message(
    esms: Shell, monkeypatch: pytest.MonkeyPatch, outcome: Outcome, grade: str, code: int
) -> None:
    sent = _rehearses(monkeypatch, outcome)
    done = esms("carrier", "check", "esms", "--to", NUMBER, "--json")
    assert (done.code, _graded(done)["trial"]) == (code, grade)
    (message,) = sent
    assert message.msisdn == "84900000001"
    assert "R0-" in message.key, "a key of a rehearsal, of no campaign"
    assert not any(s in printed for printed in esms.printed for s in (*SECRETS, NUMBER[1:]))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nobody",), "there are: esms"),
        (("esms", "--to", "12"), "expected a mobile number"),
        (("esms", "--to", NUMBER, "--purpose", "nothing"), "no texts for purpose"),
    ],
)
def test_what_cannot_be_checked_is_said(
    esms: Shell, arguments: tuple[str, ...], words: str
) -> None:
    done = esms("carrier", "check", *arguments, "--json")
    assert done.code == 2
    assert words in done.error["message"]


def test_no_token_is_renewed_beside_a_running_engine(
    esms: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    init: Callable[..., None] = Esms.__init__

    def spied(self: Esms, account: object, ports: object) -> None:
        init(self, account, ports)
        self.ports = ports  # type: ignore[attr-defined]

    async def standing(self: Esms) -> Standing:
        turn = self.ports.turn  # type: ignore[attr-defined]
        asked.extend([await turn(LimitScope.TOKEN), await turn(LimitScope.STATUS)])
        return Standing()

    monkeypatch.setattr(Esms, "__init__", spied)
    monkeypatch.setattr(Esms, "standing", standing)
    esms.ok("carrier", "check", "esms")
    database = Database(f"sqlite:///{esms.folder / 'data' / 'outreach.db'}")
    with only_engine(database):
        esms.ok("carrier", "check", "esms")
    database.close()
    assert asked == [True, True, False, True]

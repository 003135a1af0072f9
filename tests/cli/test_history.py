"""The story of a campaign: who did what, what befell it, in both languages."""

import string

from outreach.cli import history_words
from outreach.cli.campaign_history import Story, read
from outreach.cli.words import Lang
from outreach.domain.campaign import CampaignAction, CampaignState
from outreach.domain.key import CAMPAIGN_SPAN
from outreach.domain.rules import Rules
from outreach.store import audit, campaigns, inbox
from outreach.store.audit import Entry
from outreach.store.database import Database
from outreach.store.inbox import Settled
from tests.cli.shell import Shell
from tests.delivery.stage import NOON, ZALO, Stage

NOW = int(NOON.timestamp() * 1000)
HOUR = 3_600_000


def _told(stage: Stage, lang: Lang) -> list[str]:
    with stage.database.read() as conn:
        found = read(conn, "1")
    return [line for entry in found.entries for line in history_words.told_of(entry, lang)]


def _story(stage: Stage) -> Story:
    with stage.database.read() as conn:
        return read(conn, "1")


def _write(stage: Stage, *entries: tuple[str, str, dict[str, object]]) -> None:
    with stage.database.write() as conn:
        for actor, action, detail in entries:
            audit.write(conn, Entry(NOW, actor, action, "campaign:1", detail))


def test_a_walk_reads_as_a_story(shell: Shell) -> None:
    shell.people()
    shell.audience()
    shell.running()
    shell.ok("campaign", "pause", "nov-1", "--why", "wrong hotline", by="an")
    shell.ok("campaign", "amend", "nov-1", "--window", "08:00-20:00", by="an")
    shell.ok("campaign", "approve", "nov-1", by="binh")
    shell.ok("campaign", "resume", "nov-1", by="an")
    shell.ok("campaign", "cancel", "nov-1", by="an")
    lines = shell("campaign", "history", "nov-1").out.splitlines()
    told = [line.partition("  ")[2].strip() for line in lines[1:]]
    assert lines[0] == "Campaign 1 'nov-1': cancelled"
    assert told[0] == "an: made the draft 'nov-1'"
    assert told.pop(1) == "leaves out who has the app: no → yes"
    assert told[1].startswith("an: asked for approval; at most ")
    assert told[2].startswith("binh: approved it; at most ")
    amended = told.pop(7)
    assert amended.startswith("binh: approved amendment 1; at most ")
    assert told[3:] == [
        "an: started it",
        "an: held it: wrong hotline",
        "an: proposed amendment 1",
        "sending hours: 07:00-22:00 → 08:00-20:00",
        "sending hours: 07:00-22:00 → 08:00-20:00",
        "an: let it go on",
        "an: cancelled it; what had not left never will",
    ]
    found = shell.ok("campaign", "history", "nov-1")
    actions = [entry["action"] for entry in found["history"]]
    assert actions[0] == "campaign.create"
    assert actions[-1] == "campaign.cancel"


def test_a_long_story_wraps_beside_its_moments(shell: Shell) -> None:
    shell.people()
    shell.audience()
    shell.running()
    why = "the hotline in the text is that of the old office, and nobody answers there any more"
    shell.ok("campaign", "pause", "nov-1", "--why", why, by="an")
    lines = shell("campaign", "history", "nov-1").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1].startswith(" " * 18)
    assert why in " ".join(line[18:].strip() for line in lines[-2:])


def test_what_the_engine_did(database: Database) -> None:
    stage = Stage(database)
    stage.campaign(stage.audience([{"name": "An"}]), rules=Rules(pilot=10))
    held: dict[str, object] = {
        "paused_by": "engine",
        "paused_why": "pilot: 2 people (2 delivered); look, then resume",
    }
    wave: dict[str, object] = {
        "name": "x (wave 1)",
        "parent": "x",
        "people": 1_200,
        "approver": "binh",
    }
    _write(
        stage,
        ("engine", "campaign.create", wave),
        ("an", "campaign.release", {"starts_at": NOW + HOUR}),
        ("engine", "campaign.start", {"started_at": NOW}),
        ("engine", "campaign.pause", held),
        ("an", "campaign.resume", {"pilot": {"delivered": 2}, "piloting": 0}),
        ("an", "campaign.move", {"messages": 5_000}),
        ("engine", "campaign.finish", {}),
    )
    assert _told(stage, Lang.EN) == [
        "made this reminder of 'x' for 1,200 people, as binh approved it",
        "let it start by itself on 2026-11-20 13:00",
        "started at its time",
        "held it: pilot: 2 people (2 delivered); look, then resume",
        "looked at the pilot (2 delivered) and let everybody have it",
        "moved 5,000 messages to the new routes",
        "everything had left",
    ]
    assert _told(stage, Lang.VI)[3:5] == [
        "tạm dừng: đã gửi thử 2 người (2 đã chuyển); xem lại rồi chạy tiếp",
        "đã xem kết quả gửi thử (2 đã chuyển) và cho gửi tất cả",
    ]
    stage.close()


def test_breakers_are_told_while_it_ran(database: Database) -> None:
    stage = Stage(database)
    campaign = stage.campaign(stage.audience([{"name": "An"}]))
    with database.write() as conn:
        campaigns.move(
            conn, campaign, CampaignState.FINISHED, started_at=NOW, finished_at=NOW + HOUR
        )
        for at, state in ((-1, "open"), (10, "open"), (20, "closed"), (HOUR + 1, "open")):
            told = {"state": state, "reason": "credentials refused" if state == "open" else ""}
            entry = Entry(NOW + at, "engine", "account.breaker", f"account:{ZALO}", told)
            audit.write(conn, entry)
    assert _told(stage, Lang.EN) == ["zalo stopped: credentials refused", "zalo sends again"]
    assert _told(stage, Lang.VI)[0] == "zalo ngừng gửi: thông tin đăng nhập bị từ chối"
    stage.close()


def test_reminders_resends_and_late_receipts(database: Database) -> None:
    stage = Stage(database)
    campaign = stage.campaign(stage.audience([{"name": "An"}]))
    people = stage.audience([{"name": "An"}], "again")
    stage.campaign(people, name="c1 (wave 1)", parent=1, wave=1, author="an", created_at=NOW + 1)
    stage.campaign(people, name="c1 again", parent=1, author="an", created_at=NOW + 2)
    with database.write() as conn:
        campaigns.move(conn, campaign, CampaignState.FINISHED, finished_at=NOW)
        campaigns.move(conn, campaigns.get(conn, 1), CampaignState.SETTLED, settled_at=NOW + HOUR)
        # Two before the end, three after it, one after it of another campaign.
        moments = [
            (1, -HOUR),
            (1, HOUR),
            (1, HOUR + 1),
            (2, HOUR + 2),
            (1, HOUR + 3),
            (1, HOUR + 9),
        ]
        inbox.settle(
            conn,
            [],
            [
                Settled(of * CAMPAIGN_SPAN + n + 1, ZALO, NOW + at, 1, None, "moved")
                for n, (of, at) in enumerate(moments)
            ],
        )
    assert _told(stage, Lang.EN) == [
        "made reminder 1: 'c1 (wave 1)'",
        "made a resend: 'c1 again'",
        "3 receipts came after the end, the last one at this time",
    ]
    assert _story(stage).entries[-1].at == NOW + HOUR + 9
    stage.close()


def test_every_action_has_a_sentence_in_both_languages() -> None:
    for action in CampaignAction:
        entry = Entry(NOW, "an", f"campaign.{action}", "campaign:1", {})
        assert history_words._key(entry) in history_words._WORDS
    for key, texts in history_words._WORDS.items():
        fields = [{part[1] for part in string.Formatter().parse(text)} - {None} for text in texts]
        assert fields[0] == fields[1], key


def test_what_nobody_gave_words_to_is_shown_as_it_is() -> None:
    entry = Entry(NOW, "an", "campaign.odd", "campaign:1", {"n": 1, "none": None})
    assert history_words.told_of(entry, Lang.VI) == ["campaign.odd n=1"]

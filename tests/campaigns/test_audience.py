"""Importing: every row is accounted for, and an interrupted import ends as if it never was."""

from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from outreach.campaigns import audience, feed, sharing
from outreach.campaigns.discard import discard
from outreach.campaigns.segments import Definition, delete, save
from outreach.campaigns.trial import dry_run
from outreach.domain.errors import BadInputError, NotAllowedError, NotFoundError
from outreach.domain.network import PrefixTable
from outreach.files import Reading, TwoNumbers
from outreach.store import audiences, audit
from outreach.store.audiences import IMPORTING, Audience
from outreach.store.database import Database
from tests.campaigns.imports import (
    AN,
    NOW,
    BreakingDatabase,
    Importer,
    add_up,
    messy,
    phone,
    stored,
)


@pytest.fixture
def importer(database: Database, prefixes: PrefixTable, tmp_path: Path) -> Importer:
    return Importer(database, prefixes, tmp_path)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixty rows take many transactions."""
    monkeypatch.setattr(feed, "PIECE", 3)
    monkeypatch.setattr(feed, "TOGETHER", 2)
    monkeypatch.setattr("outreach.campaigns.sharing._WINDOW", 5)
    monkeypatch.setattr("outreach.store.shared_rows.PAGE", 3)


def test_a_file_is_stored_row_by_row(importer: Importer, database: Database) -> None:
    path = importer.file(
        [
            f"{phone(1)};Lê An;7901234567;Quận 1",
            "028 3555 0100;Trần Bình;;",
            f"{phone(2)};Đỗ Dung;;Quận 3",
            f"+84 {phone(1)[1:]};Lê An;;Quận 1",
            f"{phone(2)};Phạm Cường;;",
        ]
    )
    found = importer(path)
    assert (found.state, found.rows, found.imported, found.joined, found.rejected) == (
        *("ready", 5, 2, 1, 2),
    )
    told = stored(database, "quan-1")
    joined = '{"full_name":"Đỗ Dung","persons":"2","names":["Đỗ Dung","Phạm Cường"]}'
    assert told["recipients"] == [
        (
            1,
            84325550001,
            1,
            None,
            "Quận 1",
            '{"full_name":"Lê An","insurance_number":"7901234567"}',
        ),
        (2, 84325550002, 1, None, "Quận 3", joined),
    ]
    assert told["rejects"] == [(3, "landline", "028****100"), (5, "duplicate", "843****001")]
    assert told["shared"] == []
    with database.read() as conn:
        entries = audit.history(conn, f"audience:{found.id}")
    assert [(each.actor, each.action) for each in entries] == [("an", "audience.import")]


def test_it_is_known_how_the_file_was_read(importer: Importer, database: Database) -> None:
    importer(importer.file(messy(3)), reading=Reading(columns={"area": "Quận/Huyện"}))
    with database.read() as conn:
        origin = audiences.find(conn, "quan-1").origin
    for part in ('"area":"Quận/Huyện"', '"format":"CSV"', '"delimiter":";"', '"role":"full_name"'):
        assert part in origin


@pytest.mark.usefixtures("small_batches")
def test_wherever_it_is_interrupted_it_ends_the_same(
    importer: Importer, database: Database, database_url: str
) -> None:
    path = importer.file(messy(60))
    whole = importer(path)
    expected = stored(database, "quan-1")
    assert add_up(whole)
    assert whole.joined > 5
    interrupted = 0
    while True:
        name = f"again-{interrupted}"
        breaking = BreakingDatabase(database_url, interrupted + 1)
        try:
            importer(path, name, database=breaking, again=True)
        except KeyboardInterrupt:
            with database.read() as conn:
                half = audiences.named(conn, name)
            assert half is None or (half.state == IMPORTING and add_up(half))
            importer(path, name, again=True)
            interrupted += 1
            assert stored(database, name) == expected
        else:
            break
        finally:
            breaking.close()
    assert interrupted > 15, "the beginning, nine batches, the windows and the end"


@pytest.mark.usefixtures("small_batches")
def test_one_interrupted_again_and_again(
    importer: Importer, database: Database, database_url: str
) -> None:
    path = importer.file(messy(60))
    importer(path)
    for _ in range(40):
        breaking = BreakingDatabase(database_url, 2)
        try:
            importer(path, "b", database=breaking, again=True)
        except KeyboardInterrupt:
            continue
        finally:
            breaking.close()
        break
    assert stored(database, "b") == stored(database, "quan-1")


@pytest.mark.usefixtures("small_batches")
def test_two_imports_of_one_name_at_the_same_time(importer: Importer, database: Database) -> None:
    path = importer.file(messy(60))
    other: list[object] = []

    def meanwhile(done: int, _total: int | None) -> None:
        if done >= 18 and not other:
            other.append(importer(path, "quan-1"))

    with pytest.raises(NotAllowedError, match="another import of 'quan-1' went on with it"):
        importer(path, "quan-1", progress=meanwhile)
    importer(path, "b", again=True)
    assert stored(database, "quan-1") == stored(database, "b")


@pytest.mark.usefixtures("small_batches")
def test_what_another_import_finished_stays_when_this_one_fails(
    importer: Importer, database: Database
) -> None:
    path = importer.file(messy(60))
    whole = path.read_bytes()
    end = importer(path, "b").position

    def meanwhile(done: int, _total: int | None) -> None:
        if done == end:
            importer(path, "quan-1", again=True)
            path.write_bytes(whole + b" ")

    with pytest.raises(BadInputError, match="changed while it was read"):
        importer(path, "quan-1", again=True, progress=meanwhile)
    assert stored(database, "quan-1") == stored(database, "b")


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("in_pass", [False, True])
def test_another_import_went_a_few_steps_on(
    importer: Importer,
    database: Database,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    in_pass: bool,
) -> None:
    path = importer.file(messy(60))
    others: list[Database] = []

    def other() -> None:
        if not others:
            others.append(BreakingDatabase(database_url, 3))
            with pytest.raises(KeyboardInterrupt):
                importer(path, database=others[0])
            others[0].close()

    def meanwhile(done: int, _total: int | None) -> None:
        if done >= 18 and not in_pass:
            other()

    def tell_apart(store: Database, found: Audience) -> Audience:
        other()
        return as_it_is(store, found)

    as_it_is = sharing.tell_apart
    monkeypatch.setattr(sharing, "tell_apart", tell_apart)
    with pytest.raises(NotAllowedError, match="another import of 'quan-1' went on with it"):
        importer(path, progress=meanwhile)
    importer(path)
    importer(path, "b", again=True)
    assert stored(database, "quan-1") == stored(database, "b")


@pytest.mark.usefixtures("small_batches")
def test_discarded_while_it_runs(importer: Importer, database: Database) -> None:
    def meanwhile(_done: int, _total: int | None) -> None:
        discard(database, AN, "quan-1", "", NOW)

    with pytest.raises(NotAllowedError, match="it was discarded meanwhile"):
        importer(importer.file(messy(60)), progress=meanwhile)
    with database.read() as conn:
        assert audiences.listed(conn) == []
        assert list(audiences.numbers(conn, 1)) == []


def test_progress_knows_how_many_rows_a_text_file_has(importer: Importer) -> None:
    told: list[tuple[int, int | None]] = []
    importer(importer.file(messy(60)), progress=lambda *at: told.append(at))
    assert told == [(60, 61)]


class TestTheSameAgain:
    def test_a_file_is_known_by_its_content(self, importer: Importer) -> None:
        importer(importer.file(messy(9)))
        path = importer.file(messy(9), "copy.csv")
        told = r"copy.csv: its content is audience 'quan-1' already, imported on 2026-11-18 by an"
        with pytest.raises(BadInputError, match=told):
            importer(path, "quan-2")
        with pytest.raises(BadInputError, match="'quan-1' is this file already"):
            importer(path, "quan-1")
        assert importer(path, "quan-2", again=True).rows == 9

    def test_a_name_is_taken(self, importer: Importer) -> None:
        importer(importer.file(messy(9)))
        with pytest.raises(BadInputError, match="'quan-1' exists; choose another name"):
            importer(importer.file(messy(10)))
        with pytest.raises(BadInputError, match="'quan-1' exists; choose another name"):
            importer(importer.file(messy(9)), again=True)

    @pytest.mark.usefixtures("small_batches")
    def test_an_interrupted_one_goes_on_with_the_same_only(
        self, importer: Importer, database: Database, database_url: str
    ) -> None:
        path = importer.file(messy(30))
        breaking = BreakingDatabase(database_url, 3)
        with pytest.raises(KeyboardInterrupt):
            importer(path, database=breaking)
        breaking.close()
        way_out = "outreach audience discard 'quan-1'"
        other = importer.file(messy(31), "other.csv")
        with pytest.raises(BadInputError, match=r"with another file \(people.csv\)") as caught:
            importer(other)
        assert way_out in str(caught.value)
        with pytest.raises(
            BadInputError, match="by an with other options; give the same"
        ) as caught:
            importer(path, reading=Reading(two_numbers=TwoNumbers.BOTH))
        assert way_out in str(caught.value)
        importer(other, "quan-2")
        with pytest.raises(BadInputError, match="with other audiences after --not-in"):
            importer(path, not_in=["quan-2"])
        blocks = importer.prefixes.blocks[1:]
        today = Importer(database, PrefixTable(blocks), importer.folder)
        with pytest.raises(BadInputError, match="with another table of prefixes"):
            today(path)
        assert importer(path).rows == 30

    def test_names_are_checked_first(self, importer: Importer) -> None:
        with pytest.raises(BadInputError, match="audience name '7'"):
            importer(importer.folder / "nope.csv", "7")
        with pytest.raises(BadInputError, match=r"nope.csv: cannot be read"):
            importer(importer.folder / "nope.csv")


class TestNotIn:
    def test_numbers_of_other_audiences_are_rejected(
        self, importer: Importer, database: Database
    ) -> None:
        importer(importer.file([f"{phone(n)};An;;" for n in (1, 2)]))
        importer(importer.file([f"{phone(n)};An;;" for n in (3,)], "b.csv"), "quan-2")
        path = importer.file([f"{phone(n)};An;;" for n in (1, 3, 3, 4, 2)], "c.csv")
        found = importer(path, "quan-3", not_in=["1", "quan-2", "quan-1"])
        assert (found.imported, found.rejected) == (1, 4)
        told = stored(database, "quan-3")
        assert told["rejects"][0] == (2, "elsewhere", "843****001")
        assert {row[1] for row in told["rejects"]} == {"elsewhere"}
        assert '"not_in":["quan-1","quan-2"]' in found.origin

    def test_they_must_be_there(self, importer: Importer, database_url: str) -> None:
        path = importer.file(messy(3))
        with pytest.raises(NotFoundError):
            importer(path, not_in=["nope"])
        breaking = BreakingDatabase(database_url, 2)
        with pytest.raises(KeyboardInterrupt):
            importer(path, "half", database=breaking)
        breaking.close()
        with pytest.raises(BadInputError, match="'half' is not ready"):
            importer(path, not_in=["half"])


class TestWhatGoesWrong:
    def test_a_file_that_changes_is_not_kept(self, importer: Importer, database: Database) -> None:
        path = importer.file(messy(9))

        def meanwhile(_done: int, _total: int | None) -> None:
            path.write_text("x")

        with pytest.raises(BadInputError, match="changed while it was read; nothing is kept"):
            importer(path, progress=meanwhile)
        with database.read() as conn:
            assert audiences.listed(conn) == []

    def test_a_header_alone_is_no_audience(self, importer: Importer, database: Database) -> None:
        with pytest.raises(BadInputError, match="a header, but no row below it"):
            importer(importer.file([]))
        with database.read() as conn:
            assert audiences.listed(conn) == []

    def test_too_many_recipients(
        self, importer: Importer, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(audience, "MAX_RECIPIENTS", 20)
        with pytest.raises(BadInputError, match="an audience has at most 20 recipients"):
            importer(importer.file(messy(60)))
        with database.read() as conn:
            assert audiences.listed(conn) == []

    def test_a_file_that_is_none_begins_nothing(
        self, importer: Importer, database: Database
    ) -> None:
        path = importer.folder / "x.csv"
        path.write_bytes(b"")
        with pytest.raises(BadInputError):
            importer(path)
        with database.read() as conn:
            assert audiences.listed(conn) == []

    @pytest.mark.usefixtures("small_batches")
    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_a_full_disk(self, importer: Importer, database: Database) -> None:
        long = "Nguyễn " + "Thị " * 300
        path = importer.file([f"{row.replace('Người', long)}" for row in messy(90)])
        with database.read() as conn:
            most = 13 + conn.execute(text("PRAGMA page_count")).scalar_one()

        def limit(dbapi: object, _record: object) -> None:
            dbapi.execute(f"PRAGMA max_page_count={most}")  # type: ignore[attr-defined]

        event.listen(database.engine, "connect", limit)
        database.engine.dispose()
        with pytest.raises(OperationalError, match="full"):
            importer(path)
        with database.read() as conn:
            half = audiences.find(conn, "quan-1")
        assert (half.state, add_up(half)) == (IMPORTING, True)
        assert 0 < half.position < 90
        most = 10_000
        database.engine.dispose()
        importer(path)
        importer(path, "b", again=True)
        assert stored(database, "quan-1") == stored(database, "b")


class TestDiscard:
    def test_an_unfinished_one_goes_whole(
        self, importer: Importer, database: Database, database_url: str
    ) -> None:
        breaking = BreakingDatabase(database_url, 3)
        with pytest.raises(KeyboardInterrupt):
            importer(importer.file(messy(60)), database=breaking)
        breaking.close()
        assert discard(database, AN, "quan-1", "", NOW).state == IMPORTING
        with database.read() as conn:
            for table in ("audience", "recipient", "audience_reject", "shared_row"):
                assert conn.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar_one() == 0
            [entry] = audit.history(conn, "audience:1")
        assert (entry.actor, entry.action) == ("an", "audience.discard")

    def test_a_ready_one_needs_a_reason(self, importer: Importer, database: Database) -> None:
        importer(importer.file(messy(9)))
        with pytest.raises(BadInputError, match="'quan-1' is ready; say why"):
            discard(database, AN, "quan-1", "", NOW)
        discard(database, AN, "quan-1", "wrong file", NOW)
        with database.read() as conn:
            assert audiences.listed(conn) == []

    def test_one_that_another_is_derived_from_stays(
        self, importer: Importer, database: Database
    ) -> None:
        first = importer(importer.file(messy(9)))
        importer(importer.file(messy(10)), "quan-2")
        with database.write() as conn:
            conn.exec_driver_sql(
                f"UPDATE recipient SET origin = {first.id} WHERE id > {first.id + 1}000000000"
            )
        with pytest.raises(NotAllowedError, match="'quan-1' belongs to audience 'quan-2'"):
            discard(database, AN, "quan-1", "wrong file", NOW)

    def test_one_that_a_segment_is_made_of_stays(
        self, importer: Importer, database: Database
    ) -> None:
        importer(importer.file(messy(9)))
        save(database, AN, "all", Definition(("quan-1",)), NOW)
        with pytest.raises(NotAllowedError, match="segment 'all' is made of audience 'quan-1'"):
            discard(database, AN, "quan-1", "old", NOW)
        delete(database, AN, "all", NOW)
        assert discard(database, AN, "quan-1", "old", NOW).name == "quan-1"

    def test_one_that_a_campaign_has_stays(self, importer: Importer, database: Database) -> None:
        found = importer(importer.file(messy(9)))
        with database.write() as conn:
            conn.exec_driver_sql(
                "INSERT INTO campaign (name, state, audience, parent_states, purpose, template,"
                " routes, opens, closes, author, recipients, planned_to, created_at)"
                f" VALUES ('nov-1', 'draft', {found.id}, '', 'x', '{{}}', '{{}}',"
                " '07:00', '22:00', 'an', 0, 0, 0)"
            )
        with pytest.raises(NotAllowedError, match="belongs to campaign 'nov-1'"):
            discard(database, AN, "quan-1", "wrong file", NOW)


def test_a_dry_run_finds_the_same_and_stores_nothing(
    importer: Importer, database: Database
) -> None:
    importer(importer.file([f"{phone(n)};An;;" for n in range(9)], "b.csv"), "b")
    path = importer.file(messy(60))
    wish = audience.Wish("quan-1", path, not_in=["b"])
    tried = dry_run(database, importer.prefixes, wish, NOW, 5)
    with database.read() as conn:
        assert [each.name for each in audiences.listed(conn)] == ["b"]
    done = importer(path, not_in=["b"])
    for name in ("rows", "imported", "joined", "rejected", "origin", "fingerprint", "position"):
        assert getattr(tried.audience, name) == getattr(done, name), name
    told = stored(database, "quan-1")
    assert [tuple(row) for row in tried.first] == [row[1:] for row in told["recipients"][:5]]
    assert tried.rejects == told["rejects"][:5]
    assert sum(tried.reasons.values()) == done.rejected
    assert sum(tried.networks.values()) == done.imported

"""A ZIP with one list in it: unpacked within bounds, removed afterwards, or refused with a word."""

import io
import shutil
import tracemalloc
import zipfile
from collections import namedtuple
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from outreach.domain.errors import BadInputError
from outreach.files import archive
from outreach.files.archive import opened_member

CSV = "SĐT;Họ và tên\n0901234567;Nguyễn Thị An\n".encode()
LIST = Path(__file__).parent / "workbooks" / "list.xlsx"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "quan-1.zip"


def zipped(path: Path, *entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as target:
        for name, content in entries:
            target.writestr(name, content)
    return path


def unpacked(path: Path) -> tuple[str, bytes]:
    with opened_member(path) as (name, member):
        content = member.read_bytes()
    assert not member.parent.exists()
    return name, content


def refused(path: Path) -> str:
    with pytest.raises(BadInputError) as told:
        unpacked(path)
    return str(told.value)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_one_list_among_litter(path: Path, method: int) -> None:
    litter = ["a/", "__MACOSX/a/._ds.csv", ".DS_Store", "a/Thumbs.db", "desktop.ini"]
    entries = [*((name, b"x" if name[-1] != "/" else b"") for name in litter), ("a/ds.csv", CSV)]
    assert unpacked(zipped(path, *entries, method=method)) == ("ds.csv", CSV)


def test_a_workbook_within(path: Path) -> None:
    content = LIST.read_bytes()
    assert unpacked(zipped(path, ("danh sách.xlsx", content))) == ("danh sách.xlsx", content)


def test_it_is_removed_when_reading_fails(path: Path) -> None:
    zipped(path, ("ds.csv", CSV))
    with suppress(LookupError), opened_member(path) as (_, member):
        assert member.exists()
        raise LookupError
    assert not member.parent.exists()


@pytest.mark.parametrize("name", ["../../ds.csv", "/etc/ds.csv", "C:\\ds\\ds.csv", "..\\ds.csv"])
def test_a_name_leads_nowhere(path: Path, name: str) -> None:
    with opened_member(zipped(path, (name, CSV))) as (shown, member):
        assert shown == "ds.csv"
        assert path.parent not in member.parents
        assert member.name == "ds.csv"


def test_a_name_in_utf8_that_does_not_say_so(path: Path) -> None:
    mangled = "quận.csv".encode().decode("cp437")
    zipped(path, (mangled, CSV))
    assert unpacked(path)[0] == "quận.csv"


@pytest.mark.parametrize("name", ["..", "a/..", " ", "ậ" * 255 + ".csv", "NUL:\0", "~$ds."])
def test_a_name_no_file_can_have(path: Path, name: str) -> None:
    assert unpacked(zipped(path, (name, CSV)))[1] == CSV


def test_a_name_that_would_write_on_the_screen(path: Path) -> None:
    name, _ = unpacked(zipped(path, ("\x1b[2Jds\n.csv" + "x" * 300, CSV)))
    assert name.isprintable()
    assert len(name) <= 80


def test_several_files_are_named(path: Path) -> None:
    word = refused(zipped(path, *((f"a/quan-{n}.csv", CSV) for n in range(1, 13))))
    assert word.startswith("'quan-1.zip' holds 12 files: 'quan-1.csv', 'quan-2.csv', ")
    assert "'quan-10.csv' and 2 more; expected one" in word
    assert "'quan-11.csv'" not in word


@pytest.mark.parametrize("entries", [(), (("a/", b""),), ((".DS_Store", b"x"),)])
def test_no_file(path: Path, entries: Sequence[tuple[str, bytes]]) -> None:
    assert "holds no file" in refused(zipped(path, *entries))


def test_a_zip_in_a_zip(path: Path, tmp_path: Path) -> None:
    inner = zipped(tmp_path / "inner.zip", ("ds.csv", CSV)).read_bytes()
    assert "'in.zip' in 'quan-1.zip' is a ZIP itself" in refused(zipped(path, ("in.zip", inner)))


def test_what_no_reader_takes(path: Path) -> None:
    assert "'ds.pdf' is a PDF" in refused(zipped(path, ("ds.pdf", b"%PDF-1.7")))


def test_a_password(path: Path) -> None:
    data = bytearray(zipped(path, ("ds.csv", CSV)).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert "'ds.csv' in the ZIP is protected by a password" in refused(path)


def test_an_unusual_compression(path: Path) -> None:
    zipped(path, ("ds.csv", CSV * 100), method=zipfile.ZIP_LZMA)
    assert "compressed in an unusual way; expected 'deflate'" in refused(path)


def test_a_broken_zip(path: Path) -> None:
    data = zipped(path, ("ds.csv", CSV * 100)).read_bytes()
    for damaged in (data[:-30], data[:60], data[:40] + b"\xff\0\xff" + data[43:], b""):
        path.write_bytes(damaged)
        assert "'quan-1.zip' is damaged" in refused(path)


def test_a_bomb(path: Path) -> None:
    word = refused(zipped(path, ("ds.csv", bytes(101 << 20))))
    assert "'ds.csv' in the ZIP unpacks to more than 200 times its size there" in word


def test_a_workbook_within_that_is_too_large(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 8_000)
    word = refused(zipped(path, ("ds.xlsx", LIST.read_bytes())))
    assert "unpacks to more than 0 MB; save the sheet as CSV" in word
    assert unpacked(zipped(path, ("ds.csv", CSV * 1_000)))[1] == CSV * 1_000


DiskUse = namedtuple("DiskUse", "total used free")  # noqa: PYI024 - as shutil's own


def test_no_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: DiskUse(1 << 40, 1 << 40, 257 << 20))
    word = refused(zipped(path, ("ds.csv", CSV * 50_000)))
    assert "unpacks to more than 1 MB; unpack it yourself, where there is room" in word


def test_memory_does_not_grow_with_the_list(path: Path) -> None:
    rows = b"".join(b"09%08d;Nguyen Van %d\n" % (n, n * 7919) for n in range(1_000_000))
    zipped(path, ("ds.csv", rows))
    size = len(rows)
    del rows
    tracemalloc.start()
    with opened_member(path) as (_, member):
        assert member.stat().st_size == size
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()


SAMPLE = io.BytesIO()
with zipfile.ZipFile(SAMPLE, "w", zipfile.ZIP_DEFLATED) as _target:
    _target.writestr("a/", b"")
    _target.writestr("a/quận 1.csv", CSV * 20)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(places=[], length=1.0)
@given(
    places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=20),
    length=st.one_of(st.just(1.0), st.floats(0, 1)),
)
def test_no_damage_raises_anything_but_our_own_error(
    path: Path, places: list[tuple[float, int]], length: float
) -> None:
    data = bytearray(SAMPLE.getvalue())
    for place, value in places:
        data[int(place * (len(data) - 1))] = value
    path.write_bytes(data[: int(length * len(data))])
    if path.read_bytes() == SAMPLE.getvalue():
        assert unpacked(path) == ("quận 1.csv", CSV * 20)
    with suppress(BadInputError):
        unpacked(path)

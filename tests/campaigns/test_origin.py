"""A file as a whole, looked at before it is read."""

import hashlib
from pathlib import Path

import pytest

from outreach.campaigns.origin import content, stamp
from outreach.domain.errors import BadInputError


def test_a_file_that_changes_while_it_is_looked_at_is_not_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("phone\n0901234567\n")

    class Meddled:
        def update(self, block: bytes) -> None:
            if b"8" not in block:
                path.write_bytes(block + b"0901234568\n")

        def hexdigest(self) -> str:
            return ""

    monkeypatch.setattr(hashlib, "sha256", Meddled)
    before = stamp(path)
    assert content(path).stamp == before != stamp(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"no\.csv: cannot be read"):
        content(tmp_path / "no.csv")

"""Users: which names there may be."""

import pytest

from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError
from outreach.store import users
from outreach.store.database import Database
from outreach.store.users import User


@pytest.mark.parametrize("name", ["an", "thanh.ha", "lan-2", "minh@kho", "a" * 64])
def test_names_that_may_be(database: Database, name: str) -> None:
    with database.write() as conn:
        credential = users.add(conn, User(name, Role.OPERATOR), 1)
        assert users.known_by(conn, credential) == User(name, Role.OPERATOR)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("engine", "what the engine does"),
        ("0901234567", "not a number alone"),
        ("\N{FULLWIDTH DIGIT ZERO}901234567", "not a number alone"),
        ("lan-0901234567", "holds a phone number"),
        ("lan.090-123-4567", "holds a phone number"),
        ("An", "small letters"),
        ("\N{FULLWIDTH DIGIT ONE}a", "small letters"),
        ("-an", "small letters"),
        ("an:1", "small letters"),
        ("a" * 65, "1 to 64"),
        ("", "1 to 64"),
    ],
)
def test_names_that_may_not_be(database: Database, name: str, why: str) -> None:
    with database.write() as conn:
        with pytest.raises(BadInputError, match=why) as fault:
            users.add(conn, User(name, Role.OPERATOR), 1)
        assert "4567" not in str(fault.value)
        assert not users.count(conn)

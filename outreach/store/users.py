"""Users, their role, and the credential by which the command line knows them."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, text

from outreach.domain.campaign import Role
from outreach.domain.errors import BadInputError, NotAllowedError, check_name
from outreach.store import audit

_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may act."""

    name: str
    role: Role
    carrier: str = ""
    """Whose statements a user with the role of a carrier hands in; empty for everybody else."""


def add(conn: Connection, user: User, now: int) -> str:
    """Store a user and return the credential, which is shown once and kept only as a hash."""
    _check_name(user.name)
    if (user.role is Role.CARRIER) is not bool(user.carrier):
        raise BadInputError(
            f"user '{user.name}': the role carrier, and only it, goes with the name of a carrier"
        )
    taken = conn.execute(text("SELECT 1 FROM user_account WHERE name = :n"), {"n": user.name})
    if taken.first():
        raise BadInputError(f"a user called '{user.name}' exists already; choose another name")
    secret = secrets.token_urlsafe(24)
    salt = secrets.token_bytes(16)
    conn.execute(
        text(
            "INSERT INTO user_account (name, role, credential, created_at, carrier)"
            " VALUES (:name, :role, :credential, :now, :carrier)"
        ),
        {
            "name": user.name,
            "role": user.role.value,
            "credential": f"{salt.hex()}:{_hash(secret, salt)}",
            "now": now,
            "carrier": user.carrier or None,
        },
    )
    return f"{user.name}:{secret}"


def _check_name(name: str) -> None:
    check_name("user", name)
    if not _NAME.fullmatch(name):
        raise BadInputError(f"user name '{name}': expected small letters, digits, and . _ @ -")
    if name == audit.ENGINE:
        raise BadInputError(
            f"user name '{name}': what the engine does is told under this name; choose another"
        )


def known_by(conn: Connection, credential: str) -> User:
    """Say who holds a credential (`name:secret`); NotAllowedError when nobody does."""
    name, _, secret = credential.partition(":")
    row = conn.execute(
        text("SELECT role, credential, carrier FROM user_account WHERE name = :name"),
        {"name": name},
    ).one_or_none()
    salt, _, stored = (row[1] if row else f"{bytes(16).hex()}:").partition(":")
    if not hmac.compare_digest(_hash(secret, bytes.fromhex(salt)), stored) or row is None:
        raise NotAllowedError(
            "the credential in OUTREACH_CREDENTIAL is not known here;"
            " an admin's `outreach user add NAME --role ROLE` prints one"
        )
    return User(name, Role(row[0]), row[2] or "")


def count(conn: Connection) -> int:
    """How many users there are."""
    return int(conn.execute(text("SELECT COUNT(*) FROM user_account")).scalar_one())


def _hash(secret: str, salt: bytes) -> str:
    # 144 random bits need no slow hash; the salt keeps equal rows unequal.
    return hashlib.blake2b(secret.encode(), salt=salt).hexdigest()

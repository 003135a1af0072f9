"""Where database and Redis are: addresses that may hold a password, so none is ever repeated."""

from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from outreach.domain.errors import BadInputError

REDIS_URL = "OUTREACH_REDIS_URL"


def redis_url(environ: Mapping[str, str]) -> str:
    """Where the Redis of a cluster is; its address may hold a password, so it is never repeated."""
    found = environ.get(REDIS_URL, "")
    if found and not _can_be_called(found, ("redis", "rediss", "unix")):
        raise BadInputError(
            f"{REDIS_URL}: expected redis://[:password@]host[:port][/number], rediss://… or"
            " unix://…; in a password write / # ? @ : as %2F %23 %3F %40 %3A"
        )
    return found


def database_url(environ: Mapping[str, str], data: Path) -> str:
    """Where the database is; a file among the data unless the environment says otherwise."""
    found = environ.get("OUTREACH_DATABASE_URL") or f"sqlite:///{data / 'outreach.db'}"
    if not found.startswith("sqlite") and not _can_be_called(found, ("postgresql",)):
        raise BadInputError(
            "OUTREACH_DATABASE_URL: expected sqlite:///path or"
            " postgresql://[user[:password]@]host[:port]/name;"
            " in a password write / # ? @ : as %2F %23 %3F %40 %3A"
        )
    return found


def _can_be_called(address: str, schemes: Collection[str]) -> bool:
    """Whether an address reads as one; a mark of its own in a password would cut it in two."""
    try:
        parts = urlsplit(address)
        port, place = parts.port, parts.path.removeprefix("/")
    except ValueError:
        return False
    whole = parts.netloc.count("@") < 2 and "@" not in place and not parts.fragment
    numbered = parts.scheme not in {"redis", "rediss"} or not place or place.isdecimal()
    return parts.scheme.partition("+")[0] in schemes and whole and numbered and port != 0

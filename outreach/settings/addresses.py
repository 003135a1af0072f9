"""Where database and Redis are: addresses that may hold a password, so none is ever repeated."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from outreach.domain.errors import BadInputError

REDIS_URL = "OUTREACH_REDIS_URL"

_OPTION = re.compile(
    "(ssl_ca_certs|ssl_certfile|ssl_keyfile)=.+"
    "|(ssl_check_hostname)=(true|false)"
    "|(ssl_cert_reqs)=(required|optional|none)"
)
"""What the bells' library and our own calls read alike; others only one does, or neither."""


def redis_url(environ: Mapping[str, str]) -> str:
    """Where the Redis of a cluster is; its address may hold a password, so it is never repeated."""
    found = environ.get(REDIS_URL, "")
    if not found:
        return ""
    known = found.startswith(("redis://", "rediss://"))
    if not known or not _can_be_called(found, ("redis", "rediss")):
        raise BadInputError(
            f"{REDIS_URL}: expected redis://[:password@]host[:port][/number] or rediss://…;"
            " in a password write / # ? @ : as %2F %23 %3F %40 %3A"
        )
    if not _has_known_options(found):
        raise BadInputError(
            f"{REDIS_URL}: after ? it may have, of rediss:// only, ssl_ca_certs=FILE,"
            " ssl_certfile=FILE, ssl_keyfile=FILE beside that, ssl_check_hostname=true|false and"
            " ssl_cert_reqs=required|optional|none, with & between them"
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


def _has_known_options(address: str) -> bool:
    """Whether all who call a Redis understand what stands behind its address."""
    _, _, options = address.partition("?")
    if not options:
        return True
    each = options.split("&")
    names = {option.partition("=")[0] for option in each}
    known = all(_OPTION.fullmatch(option) for option in each) and len(names) == len(each)
    paired = "ssl_keyfile" not in names or "ssl_certfile" in names
    return known and paired and address.startswith("rediss:")

"""A small installation as the first version wrote it, in plain SQL; and rows for later tables."""

import json
from collections.abc import Mapping

from sqlalchemy import BigInteger, Connection, LargeBinary, SmallInteger, Text, inspect, text

from outreach.domain.message import State
from outreach.domain.network import Channel

NOON, DAY = 1_795_150_800_000, 20261120
BODY = bytes(range(256))
TEMPLATE = {"files": {"about.toml": 'class = "care"', "sms.j2": "Kính mời {{ full_name }}"}}
_ROUTES = [{"channel": int(Channel.SMS), "accounts": {"1": [1], "2": [2]}}]

_FIRST = """
INSERT INTO account VALUES (1, 'viettel', 1), (2, 'esms', 1);
INSERT INTO user_account (name, role, credential, created_at)
    VALUES ('an', 'operator', 'salt:hash', 1);
INSERT INTO token VALUES ('zalo', 'sim-a', 'sim-r', 9);
INSERT INTO audit (at, actor, action, subject, detail)
    VALUES (1, 'an', 'campaign.start', 'campaign:1', '{}');
INSERT INTO audience (id, name, source, fingerprint, state, rows, imported, rejected, created_at,
    created_by) VALUES (1, 'quan-1', 'a.csv', 'f', 'ready', 6, 5, 1, 1, 'an');
INSERT INTO audience_reject (audience, line, reason, raw) VALUES (1, 4, 'too_short', '01**');
INSERT INTO campaign (id, name, state, audience, parent_states, purpose, template, routes, opens,
    closes, author, approver, recipients, planned_to, created_at, started_at)
    VALUES (1, 'thang-11', 'running', 1, '', 'p', :template, :routes, '07:00', '22:00', 'an',
    'binh', 5, 1000000005, :noon, :noon);
INSERT INTO tally VALUES (1, 2, 2, 2, '', 20261120, 20261121, 1, 1, 2),
    (1, 2, 1, 1, '', 20261120, 0, 1, 2, 4), (1, 2, 2, 0, '', 0, 0, 1, 2, 0);
INSERT INTO tally_delta (campaign, account, network, state, reason, day, receipt_day, result,
    messages, parts)
    VALUES (1, 2, 1, 1, '', 20261120, 0, 1, -1, -2), (1, 2, 1, 0, '', 0, 0, 1, 1, 0);
INSERT INTO chunk (campaign, account, first, last, started_to, recorded_to, lease_owner,
    lease_until) VALUES (1, 2, 1000000001, 1000000005, 1000000003, 1000000003, NULL, 0);
INSERT INTO due VALUES (1000000003, 1, 2, 5, 'not sent', 1, 0, 0, NULL, 0);
INSERT INTO attempt VALUES (1000000001, 1, 2, 1, NULL, 'sim-ref', :noon, 12);
INSERT INTO receipt (message, account, at, status, code, effect)
    VALUES (1000000001, 2, 7, 1, '0', 'moved'), (NULL, 2, 8, 1, NULL, 'nobody');
INSERT INTO inbox (account, at, body, tries, next_at) VALUES (2, 7, :body, 1, 9);
INSERT INTO pulled VALUES (1, 20261120, 7, 0);
INSERT INTO pulse VALUES (1, 7, 40, 50, 3, 'closed', '');
INSERT INTO suppression VALUES (84900000009, 'all', 'asked', 'list.csv', 5)
"""
_RECIPIENT = """
INSERT INTO recipient (id, msisdn, network, declared, learned, district, params)
    VALUES (:id, :msisdn, :network, NULL, NULL, 'Quận 1', '{"full_name": "An"}')
"""
_MESSAGE = "INSERT INTO message VALUES (:id, :id, 2, :network, :state, 0, :parts, :day, 0, NULL)"


def build(conn: Connection) -> None:
    """Fill a database of the first revision: two of five messages have left."""
    told = {"template": json.dumps(TEMPLATE), "routes": json.dumps(_ROUTES), "noon": NOON}
    for sql in _FIRST.split(";"):
        statement = text(sql)
        names = statement.compile().params
        conn.execute(statement, {name: {**told, "body": BODY}[name] for name in names})
    for n, state in enumerate([State.DELIVERED, State.ACCEPTED, *[State.PENDING] * 3], 1):
        left = state is not State.PENDING
        person = {"id": 1_000_000_000 + n, "network": 1 + n % 2}
        conn.execute(text(_RECIPIENT), {**person, "msisdn": 84_900_000_000 + n})
        message = {"state": int(state), "parts": 2 * left, "day": DAY * left}
        conn.execute(text(_MESSAGE), {**person, **message})


def fill(conn: Connection, table: str) -> None:
    """Put two rows into a table of whatever columns."""
    for n in (1, 2):
        row = {c["name"]: _value(c["type"], n) for c in inspect(conn).get_columns(table)}
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join(f":{name}" for name in row)
        conn.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({marks})'), row)


def _value(kind: object, n: int) -> object:
    if isinstance(kind, LargeBinary):
        return BODY
    if isinstance(kind, Text):
        return f"chữ {n}"
    if isinstance(kind, BigInteger):
        return 84_900_000_000 + n
    return 20 + n if isinstance(kind, SmallInteger) else 20_261_120 + n


Rows = list[Mapping[str, object]]


def rows(conn: Connection) -> dict[str, Rows]:
    """Every row of every table."""
    found: dict[str, Rows] = {}
    for table in inspect(conn).get_table_names():
        if table != "alembic_version":
            names = ", ".join(f'"{c["name"]}"' for c in inspect(conn).get_columns(table))
            answer = conn.execute(text(f'SELECT {names} FROM "{table}"')).mappings()
            found[table] = [dict(row) for row in answer]
    return found

"""The campaign that the table benchmark plays: made-up recipients, answers and receipts."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import orjson

CAMPAIGN = 17
AUDIENCE = 23
MESSAGE_BASE = CAMPAIGN * 10**9
RECIPIENT_BASE = AUDIENCE * 10**9
CHUNK = 1000
SUB_BATCH = 200
SETTLE_BATCH = 1000
ARRIVAL_BATCH = 100
SHUFFLE_WINDOW = 50_000
ACCOUNTS = {1: (1,), 2: (2,), 3: (3,), 4: (4,), 5: (5,), 6: (6, 7)}
DAY = 20261122
START_MS = 1_795_305_600_000
PRICE = 350
SMS = 1
NETWORKS = (1,) * 42 + (2,) * 26 + (3,) * 20 + (4,) * 6 + (5,) * 3 + (6,) * 2 + (7,)
PENDING, ACCEPTED, REJECTED, DELIVERED, UNDELIVERED = range(5)

Row = tuple[int | str | None, ...]
Message = tuple[int, int, int, int, int]  # id, state, account, network, parts
Delta = tuple[int, int, int, int, int, int, int, int, int, int, int]

DELTA_COLUMNS = (
    "campaign", "network", "account", "channel", "state", "reason",
    "day", "receipt_day", "messages", "parts", "cost",
)  # fmt: skip
DELTA_KEY = DELTA_COLUMNS[:8]


@dataclass(frozen=True)
class Layout:
    """The marked alternatives; the defaults are what the record decides for."""

    recipient: str = "id"  # or pair: PK(audience, n)
    update: str = "range"  # or rows: each message by its id
    attempt: str = "pair"  # or packed: PK message*16+n
    receipt: str = "key"  # or bare: no index at all
    partition: str = "no"  # or yes: PostgreSQL, by range of id
    fillfactor: str = "50"  # of message on PostgreSQL; or 80, 100


@dataclass(frozen=True)
class Chunk:
    id: int
    account: int
    first: int
    last: int

    def sub_batches(self) -> Iterator[range]:
        for first in range(self.first, self.last + 1, SUB_BATCH):
            yield range(first, min(first + SUB_BATCH, self.last + 1))


@dataclass(frozen=True)
class Turn:
    """One transaction of the sender: record `answers`, move both marks, read up to `started`."""

    chunk: Chunk
    answers: Sequence[Message]
    recorded: int
    started: int


@dataclass(frozen=True)
class Settled:
    moves: list[tuple[int, int]]  # message, new state
    receipts: list[tuple[int, int, int, str]]
    deltas: list[Delta]


def msisdn(n: int) -> int:
    """Give each n its own number, in no order."""
    return 84_000_000_000 + n * 387_420_489 % 999_999_937


def network(n: int) -> int:
    return NETWORKS[n * 7919 % 100]


def recipients(rows: int) -> Iterator[Row]:
    """Rows of the audience: n, msisdn, network, declared, learned, district, params."""
    for n in range(1, rows + 1):
        district = f"Quận {n % 24}"
        params = f'{{"name":"Nguyễn Văn An {n}","card":"DN479{n:010d}","office":"BHXH {district}"}}'
        yield n, msisdn(n), network(n), None, None, district, params


def suppressed(rows: int) -> Iterator[tuple[int]]:
    return ((msisdn(n),) for n in range(1, rows + 1, 100))


def chunks(planned: dict[int, int]) -> list[Chunk]:
    """Cut each account's range of ids into chunks and interleave the accounts, as senders do."""
    cut: list[list[Chunk]] = []
    first = MESSAGE_BASE + 1
    for account, count in planned.items():
        end = first + count
        starts = range(first, end, CHUNK)
        cut.append([Chunk(0, account, at, min(at + CHUNK, end) - 1) for at in starts])
        first = end
    mixed = (one for row in zip_longest(*cut) for one in row if one is not None)
    return [Chunk(i, one.account, one.first, one.last) for i, one in enumerate(mixed, 1)]


def answer(message: int) -> int:
    """Say how the carrier answers this message: one in 67 is refused."""
    return REJECTED if message % 67 == 0 else ACCEPTED


def attempt(message: Message) -> Row:
    """Make the attempt's row: message, n, account, outcome, code, reference, at, took_ms."""
    state = answer(message[0])
    code, reference = (None, f"ref-{message[0]:x}") if state == ACCEPTED else ("40", None)
    return message[0], 1, message[2], state, code, reference, START_MS + message[0] % 10**9, 35


def receipt_windows(order: Iterable[Chunk]) -> Iterator[list[tuple[int, bytes]]]:
    """Account and body of every receipt, shuffled within windows of 50,000, in order of sending."""
    chance = random.Random(1)
    sent = chain.from_iterable(
        ((one.account, m) for m in range(one.first, one.last + 1) if answer(m) == ACCEPTED)
        for one in order
    )
    while window := [_receipt(*pair) for pair, _ in zip(sent, range(SHUFFLE_WINDOW), strict=False)]:
        chance.shuffle(window)
        yield window


def _receipt(account: int, message: int) -> tuple[int, bytes]:
    status = "UNDELIV" if message % 20 == 0 else "DELIVRD"
    body = f'{{"request_id":"{message}","status":"{status}","err":"000","sender":"BHXH TPHCM",'
    return account, (body + '"submitted":"2611220900","done":"2611220901"}').encode()


def settle(inbox: Sequence[tuple[int, int, bytes]], found: Iterable[Message]) -> Settled:
    """Judge a batch of raw receipts (id, at, body) against the states of their messages."""
    read = {}
    for _, at, body in inbox:
        fields = orjson.loads(body)
        read[int(fields["request_id"])] = (at, str(fields["status"]))
    moves, groups = [], Counter[tuple[int, int, int, int]]()
    for message, state, account, carrier, parts in found:
        new = DELIVERED if read[message][1] == "DELIVRD" else UNDELIVERED
        if state == ACCEPTED:
            moves.append((message, new))
            groups[account, carrier, new, parts] += 1
    rows = [(m, at, 1 if status == "DELIVRD" else 2, "000") for m, (at, status) in read.items()]
    return Settled(moves, rows, _moved(groups, ACCEPTED, DAY))


def recorded(answers: Iterable[Message]) -> list[Delta]:
    """Sum a recorded sub-batch into its rows of the tally."""
    groups = Counter(
        (account, carrier, answer(m), parts) for m, _, account, carrier, parts in answers
    )
    return _moved(groups, PENDING, 0)


def _moved(groups: Counter[tuple[int, int, int, int]], old: int, receipt_day: int) -> list[Delta]:
    sums: dict[tuple[int, int, int, int, int], tuple[int, int]] = {}
    for (account, carrier, new, parts), count in groups.items():
        was_day = DAY if old != PENDING else 0
        moves = ((old, was_day, 0, -count), (new, DAY, receipt_day, count))
        for state, day, receipt, signed in moves:
            key = (carrier, account, state, day, receipt)
            messages, all_parts = sums.get(key, (0, 0))
            sums[key] = (messages + signed, all_parts + signed * parts)
    return [
        (CAMPAIGN, carrier, account, SMS, state, 0, day, receipt, messages, parts, parts * PRICE)
        for (carrier, account, state, day, receipt), (messages, parts) in sums.items()
    ]


def references(count: int) -> list[tuple[int, str, int, int]]:
    """Random references as carriers give them: account, reference, part, message."""
    chance = random.Random(2)
    return [(1, f"{chance.getrandbits(128):032X}", 1, MESSAGE_BASE + n) for n in range(count)]


def key_of(raw: tuple[int, int, bytes]) -> int:
    """Decode the message's id from the key that a raw receipt carries."""
    return int(orjson.loads(raw[2])["request_id"])


def due_blocks(rows: int) -> Iterator[list[Row]]:
    """Exceptions in blocks of 1000, times in no order: account, at, message, why, owner, until."""
    for first in range(0, rows, 1000):
        yield [
            (1 + n % 6, START_MS + n * 7919 % 3_600_000, MESSAGE_BASE + n, 1, None, 0)
            for n in range(first, min(first + 1000, rows))
        ]

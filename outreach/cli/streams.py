"""What scripts hear and say: one JSON string a line in, one JSON object a line out."""

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO

import orjson
import typer

from outreach.cli.faults import BAD_INPUT
from outreach.domain.errors import BadInputError

_BLOCK = 1 << 16
_LONGEST = 1 << 20


def emit(value: object) -> None:
    """Print one line of JSON, at once: whoever started us may be waiting for it."""
    print(orjson.dumps(value).decode(), flush=True)


def answer_lines(answer: Callable[[str], Mapping[str, object]]) -> None:
    """Answer every line; one that is no JSON string gets an `error`, and the exit code is 2.

    Whatever has arrived is answered and flushed at once, so that a partner may wait for it.
    """
    bad = False
    number = 0
    for lines in _blocks(sys.stdin.buffer):
        told = []
        for line in lines:
            number += 1
            if line.strip():
                found = _answer(line, number, answer)
                bad = bad or "error" in found
                told.append(orjson.dumps(found, option=orjson.OPT_APPEND_NEWLINE))
        sys.stdout.buffer.write(b"".join(told))
        sys.stdout.buffer.flush()
    if bad:
        raise typer.Exit(BAD_INPUT)


def _answer(
    line: bytes, number: int, answer: Callable[[str], Mapping[str, object]]
) -> Mapping[str, object]:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        value = None
    if isinstance(value, str):
        return answer(value)
    message = f"line {number}: expected one JSON string"
    return {"error": {"kind": "bad_input", "message": message}}


def _blocks(stream: BinaryIO) -> Iterator[list[bytes]]:
    """The whole lines of each block as it arrives; the last one may lack its end."""
    rest = b""
    # read1 returns what is there, where read would wait for a full block
    while block := stream.read1(_BLOCK):  # type: ignore[attr-defined]
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > _LONGEST:
            raise BadInputError(f"standard input: a line is longer than {_LONGEST} bytes")
        yield lines
    if rest:
        yield [rest]

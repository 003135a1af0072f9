"""How a command that did not end well says so: one line for people, JSON for scripts, a code."""

import errno
import os
import sys
import traceback
from collections.abc import Callable

import orjson
import typer

from outreach.cli.clean import clean
from outreach.cli.options import Options
from outreach.cli.words import words
from outreach.domain.errors import BadInputError, NotAllowedError, NotFoundError, OutreachError
from outreach.domain.msisdn import mask_text

REFUSED = 1
BAD_INPUT = 2
FAULT = 3
INTERRUPTED = 130
READER_GONE = 141

_KINDS: dict[type[OutreachError], tuple[str, int]] = {
    NotAllowedError: ("not_allowed", REFUSED),
    BadInputError: ("bad_input", BAD_INPUT),
    NotFoundError: ("not_found", BAD_INPUT),
}
_FILE_FAULTS = (
    FileNotFoundError,
    FileExistsError,
    PermissionError,
    IsADirectoryError,
    NotADirectoryError,
)
_LOOK = {"database": "look_database", "no_room": "look_no_room"}
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS}


def guarded(command: Callable[[], object], told: Options, *, as_json: bool) -> int:
    """Run a command; returns the exit code, and leaves no traceback unless asked for one."""
    try:
        code = command()
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        return _reader_gone()
    except Exception as fault:  # noqa: BLE001 - the last door: nothing may pass it untold
        return _told(_innermost(fault), told, as_json=as_json)
    except SystemExit as end:  # Typer's answer to a broken pipe of its own
        return _reader_gone() if end.__context__ else FAULT
    if code == INTERRUPTED and not as_json:
        print(words(told.lang)("interrupted"), file=sys.stderr)
    return code if isinstance(code, int) else 0


def _reader_gone() -> int:
    # What is still buffered has nowhere to go; the interpreter would complain at its end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return READER_GONE


def _innermost(fault: BaseException) -> BaseException:
    """The one fault that a group of tasks died of."""
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return fault


def _told(fault: BaseException, told: Options, *, as_json: bool) -> int:
    kind, message, code = _classified(fault)
    message = clean(mask_text(message))
    if told.debug:
        trace = traceback.format_exception(fault)
        print(mask_text("".join(trace)), file=sys.stderr)
    if as_json:
        error = {"error": {"kind": kind, "message": message}}
        print(orjson.dumps(error).decode(), file=sys.stderr)
        return code
    say = words(told.lang)
    print(f"{say(kind)}: {message}", file=sys.stderr)
    if code == FAULT:
        print(say(_LOOK.get(kind, "look_fault")), file=sys.stderr)
    return code


def _classified(fault: BaseException) -> tuple[str, str, int]:
    """Kind, message and exit code of a fault."""
    if isinstance(fault, OutreachError):
        kind, code = _KINDS[type(fault)] if type(fault) in _KINDS else _KINDS[BadInputError]
        return kind, str(fault), code
    if isinstance(fault, typer.TyperException):
        return "usage", _usage(fault), BAD_INPUT
    if isinstance(fault, OSError) and fault.errno in _NO_ROOM:
        where = f"{fault.filename}: " if fault.filename else ""
        return "no_room", f"{where}{fault.strerror}", FAULT
    if isinstance(fault, _FILE_FAULTS) and fault.filename is not None:
        return "bad_input", f"{fault.filename}: {fault.strerror}", BAD_INPUT
    if type(fault).__module__.split(".")[0] in {"sqlalchemy", "sqlite3", "psycopg", "alembic"}:
        return "database", _first_line(getattr(fault, "orig", None) or fault), FAULT
    return "fault", f"{type(fault).__name__}: {_first_line(fault)}", FAULT


def _usage(fault: typer.TyperException) -> str:
    ctx = getattr(fault, "ctx", None)
    hint = f" See `{ctx.command_path} --help`." if ctx else ""
    return f"{fault.format_message()}{hint}"


def _first_line(fault: BaseException) -> str:
    # The rest of a driver's text quotes the statement and its values.
    return next(iter(str(fault).splitlines()), "")

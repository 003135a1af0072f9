"""What goes wrong by bad input or a forbidden move; everything else that raises is a bug."""

from outreach.domain.msisdn import mask_text


class OutreachError(Exception):
    """Something a person can put right: says what, where, what was expected and what to do."""


class BadInputError(OutreachError):
    """A file, field or option that cannot be taken as it is."""


def check_name(what: str, name: str) -> None:
    """Refuse a name that a screen cannot show, that would be taken for a number, or holds one."""
    if not name.isprintable() or not 1 <= len(name.strip()) <= 64 or name.isdecimal():
        raise BadInputError(
            f"{what} name {mask_text(name)[:64]!r}: expected 1 to 64 printable characters,"
            " not a number alone"
        )
    if mask_text(name) != name:
        raise BadInputError(
            f"{what} name '{mask_text(name)}' holds a phone number; names are shown to everybody"
        )


class NotAllowedError(OutreachError):
    """The actor's role, or the state of the thing, forbids the action."""


class NotFoundError(OutreachError):
    """No such campaign, audience, account, template or user."""

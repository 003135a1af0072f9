"""What goes wrong by bad input or a forbidden move; everything else that raises is a bug."""


class OutreachError(Exception):
    """Something a person can put right: says what, where, what was expected and what to do."""


class BadInputError(OutreachError):
    """A file, field or option that cannot be taken as it is."""


class NotAllowedError(OutreachError):
    """The actor's role, or the state of the thing, forbids the action."""


class NotFoundError(OutreachError):
    """No such campaign, audience, account, template or user."""

"""Refused files of figures, told in the language of whoever made them."""

import contextlib
from collections.abc import Iterator

from outreach.cli.words import Lang
from outreach.domain.errors import BadInputError
from outreach.statistics.findings import RefusedError


@contextlib.contextmanager
def told_in(lang: Lang) -> Iterator[None]:
    """Let what refuses a file in the block say why in a language, a line for each finding."""
    try:
        yield
    except RefusedError as refused:
        said = (each.vi if lang is Lang.VI else each.en for each in refused.findings)
        raise BadInputError("\n".join(said)) from None

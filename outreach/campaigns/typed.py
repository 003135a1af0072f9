"""What a person types at a command, read once and kept safely."""

from outreach.domain.errors import BadInputError
from outreach.domain.msisdn import Bad, mask, mask_text, parse
from outreach.domain.network import PrefixTable


def number(told: str, prefixes: PrefixTable) -> int:
    """A number in any spelling; BadInputError says, the number masked, what is wrong with it."""
    found = parse(told, prefixes)
    if isinstance(found, Bad):
        raise BadInputError(f"number {mask(told.strip())}: {found.reason.en}")
    return int(found.msisdn)


def sentence(option: str, said: str | None) -> str:
    """A reason as everybody may see it, numbers masked; BadInputError if there is none."""
    told = mask_text("".join(char for char in said or "" if char.isprintable())).strip()
    if not told:
        raise BadInputError(f"{option} is missing or empty; say it for whoever asks later")
    return told

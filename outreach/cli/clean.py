"""Texts from files and people, as a terminal may show them."""

# Signs that would steer a terminal, or turn the direction of what is read.
_STEERING = dict.fromkeys(
    [*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)],
    "\N{REPLACEMENT CHARACTER}",
)


def clean(told: object) -> str:
    """Take away what would steer a terminal."""
    return str(told).translate(_STEERING)

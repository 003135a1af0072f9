"""Which words can be Vietnamese, by their spelling."""

import re
import unicodedata

_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_SHORT = {"\u0301", "\u0323"}  # the tones that a syllable with a stop at its end can have
_SYLLABLE = re.compile(
    """
    (?: b | ch? | d | đ | gh? | gi | h | kh? | l | m | ngh? | nh? | ph? | qu? | r | s | th? | tr?
      | v | x )?
    (?: o?a (?: ch? | i | m | nh? | ng | o | p | t | u | y )?
      | o?ă (?: c | m | n | ng | p | t )
      | u?â (?: c | m | n | ng | p | t | u | y )
      | o?e (?: c | m | n | ng | o | p | t )?
      | u?ê (?: ch | m | nh? | p | t | u )?
      | i (?: a | ch? | m | nh? | p | t | u )?
      | [iy]ê (?: c | m | n | ng | p | t | u )
      | oo? (?: c | i | m | n | ng | p | t )?
      | ô (?: c | i | m | n | ng | p | t )?
      | ơ (?: i | m | n | p | t )?
      | u (?: a | c | i | m | n | ng | p | t | ơ )?
      | uô (?: c | i | m | n | ng | t )
      | u?y (?: a | ch | nh? | p | t | u )?
      | uyê (?: n | t )
      | ư (?: a | c | i | m | n | ng | t | u )?
      | ươ (?: c | i | m | n | ng | p | t | u ) )
    """,
    re.VERBOSE,
)


def is_syllable(word: str) -> bool:
    """Whether a Vietnamese syllable can be spelt so, in letters of either case."""
    letters = unicodedata.normalize("NFD", word.lower())
    tones = _TONES.findall(letters)
    bare = unicodedata.normalize("NFC", _TONES.sub("", letters))
    if len(tones) > 1 or not _SYLLABLE.fullmatch(bare):
        return False
    return not bare.endswith(("c", "ch", "p", "t")) or bool(_SHORT.intersection(tones))

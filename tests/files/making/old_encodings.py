"""Vietnamese text in the encodings of before Unicode, written by other means than our reader's."""

import unicodedata

_TONES = "\u0300\u0301\u0303\u0309\u0323"  # grave, acute, tilde, hook, dot below
_VNI_PLAIN = dict(zip(_TONES, "øùõûï", strict=True))
_VNI_CIRCUMFLEX = dict(zip(_TONES, "àáãåä", strict=True))
_VNI_BREVE = dict(zip(_TONES, "èéüúë", strict=True))
_VNI_I = dict(zip(_TONES, "ìíóæò", strict=True))
_CIRCUMFLEX, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"
# TCVN 5712 (VN3) as the ABC fonts have it: the vowel, then its five tones in the order of _TONES.
_TCVN3 = {
    "a": "a µ ¸ · ¶ ¹", "ă": "¨ » ¾ ½ ¼ Æ", "â": "© Ç Ê É È Ë",
    "e": "e Ì Ð Ï Î Ñ", "ê": "ª Ò Õ Ô Ó Ö", "i": "i × Ý Ü Ø Þ",
    "o": "o ß ã â á ä", "ô": "« å è ç æ é", "ơ": "¬ ê í ì ë î",
    "u": "u ï ó ò ñ ô", "ư": "\xad õ ø ÷ ö ù", "y": "y ú ý ü û þ",
}  # fmt: skip
_TCVN3_LETTERS = {
    unicodedata.normalize("NFC", vowel + tone): sign
    for vowel, signs in _TCVN3.items()
    for tone, sign in zip(["", *_TONES], signs.split(" "), strict=True)
} | dict(zip("đĐĂÂÊÔƠƯ", "®§¡¢£¤¥¦", strict=True))


def tcvn3(text: str) -> str:
    """As typed with an ABC font: a capital with a tone has no sign of its own and turns small."""
    return "".join(_tcvn3_letter(letter) for letter in unicodedata.normalize("NFC", text))


def _tcvn3_letter(letter: str) -> str:
    return (
        letter if letter.isascii() else _TCVN3_LETTERS.get(letter) or _tcvn3_letter(letter.lower())
    )


def vni(text: str) -> str:
    """As typed with a VNI font: the letter, then a sign for its marks."""
    return "".join(map(_vni_letter, unicodedata.normalize("NFC", text)))


def _vni_letter(letter: str) -> str:
    sign = _vni_small(letter.lower())
    return sign.upper() if letter.isupper() else sign


def _vni_small(letter: str) -> str:
    if letter in "đỵ":
        return {"đ": "ñ", "ỵ": "î"}[letter]
    base, *marks = [*unicodedata.normalize("NFD", letter)]
    tone = next((mark for mark in marks if mark in _TONES), "")
    if base == "i" and tone:
        return _VNI_I[tone]
    if _HORN in marks:
        return {"o": "ô", "u": "ö"}[base] + _VNI_PLAIN.get(tone, "")
    if _CIRCUMFLEX in marks:
        return base + _VNI_CIRCUMFLEX.get(tone, "â")
    if _BREVE in marks:
        return base + _VNI_BREVE.get(tone, "ê")
    return base + _VNI_PLAIN.get(tone, "")


def windows_1258(text: str) -> bytes:
    """As Notepad on Vietnamese Windows saves it: whole letters where it has them, else marks."""
    return b"".join(map(_windows_1258_letter, unicodedata.normalize("NFC", text)))


def _windows_1258_letter(letter: str) -> bytes:
    try:
        return letter.encode("cp1258")
    except UnicodeEncodeError:
        marks = unicodedata.normalize("NFD", letter)
        tone = next(mark for mark in marks if mark in _TONES)
        base = unicodedata.normalize("NFC", marks.replace(tone, ""))
        return (base + tone).encode("cp1258")

"""Reading a TOML file so that nothing in it is misunderstood: file and key are named."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NoReturn

from outreach.domain.errors import BadInputError


class Table:
    """A TOML table; `end` refuses the keys that nobody asked for."""

    def __init__(self, block: Mapping[str, Any], file: str, path: str = "") -> None:
        self.file = file
        self._block = block
        self._path = path
        self._asked: set[str] = set()

    @classmethod
    def read(cls, text: str, file: str) -> "Table":
        """Read a whole file; BadInputError says at which line it is no TOML."""
        try:
            return cls(tomllib.loads(text), file)
        except tomllib.TOMLDecodeError as fault:
            raise BadInputError(f"{file}: not valid TOML: {fault}") from None

    def __contains__(self, key: str) -> bool:
        return key in self._block

    def text(self, key: str) -> str:
        """A text that is not blank."""
        found = self._get(key)
        if not _is_text(found):
            self.refuse(key, f"is {found!r}; expected words in quotes")
        return str(found)

    def words(self, key: str) -> str | None:
        """A text that may be empty, or missing."""
        found = self._get(key) if key in self._block else None
        if found is not None and not isinstance(found, str):
            self.refuse(key, f"is {found!r}; expected words in quotes")
        return found

    def whole(self, key: str, greatest: int, usual: int | None = None) -> int:
        """A whole number from 1; `usual` stands for a missing one."""
        if usual is not None and key not in self._block:
            return usual
        found = self._get(key)
        if type(found) is not int or not 1 <= found <= greatest:
            self.refuse(key, f"is {found!r}; expected a whole number from 1 to {greatest}")
        return found

    def truth(self, key: str) -> bool:
        """True or false; a missing one is false."""
        self._asked.add(key)
        found = self._block.get(key, False)
        if type(found) is not bool:
            self.refuse(key, f"is {found!r}; expected true or false")
        return found

    def choice(self, key: str, known: Collection[str], usual: str | None = None) -> str:
        """One of several words."""
        found = usual if usual is not None and key not in self._block else self.text(key)
        if found not in known:
            self.refuse(key, f"is '{found}'; expected one of {', '.join(known)}")
        return found

    def table(self, key: str) -> "Table":
        """A table within; missing is empty."""
        found = self._get(key) if key in self._block else {}
        if not isinstance(found, dict):
            self.refuse(key, f"is {found!r}; expected a table")
        return Table(found, self.file, self._named(key))

    def listed(self, key: str) -> list[str]:
        """A list of texts, with at least one in it."""
        found = self._get(key)
        if not isinstance(found, list) or not found or not all(map(_is_text, found)):
            self.refuse(key, f"is {found!r}; expected a list of words in quotes")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._block)

    def tables(self) -> Iterator[tuple[str, "Table"]]:
        """Every key of this table, each a table itself."""
        return ((key, self.table(key)) for key in self._block)

    def texts(self) -> dict[str, str]:
        """Every key of this table, each a text."""
        return {key: self.text(key) for key in self._block}

    def end(self) -> None:
        """Refuse what nobody asked for: it was meant to do something."""
        for key in self._block:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                self.refuse(key, f"has no meaning here; known are {known}")

    def refuse(self, key: str, why: str) -> NoReturn:
        """BadInputError with file and key."""
        raise BadInputError(f"{self.file}: {self._named(key)} {why}")

    def _get(self, key: str) -> object:
        self._asked.add(key)
        if key not in self._block:
            self.refuse(key, "is missing")
        return self._block[key]

    def _named(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


def _is_text(found: object) -> bool:
    return isinstance(found, str) and bool(found.strip())

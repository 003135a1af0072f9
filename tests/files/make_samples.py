"""Make the files in `as_people_make_them` anew: `python -m tests.files.make_samples`.

Run by hand from the root of the repository, never by the tests, when a sample is added. Texts are
written byte by byte; workbooks are made by LibreOffice (`soffice`, and for the two with a password
`/usr/bin/python3` with `python3-uno`) and by xlsxwriter, the locked archive by `zip`; these differ
from run to run by the times within. What must come out of a file stands beside it in
`<file>.expect.json`, kept by hand: what an operator would expect, not what the reader does.
"""

from pathlib import Path

from tests.files.making.books import books
from tests.files.making.bundles import bundles
from tests.files.making.habits import habits
from tests.files.making.numbers import numbers
from tests.files.making.programs import programs
from tests.files.making.texts import texts

FOLDER = Path(__file__).with_name("as_people_make_them")


def main() -> None:
    """Write every sample."""
    made = books()
    made |= bundles(made) | programs()
    for name, data in (texts() | numbers() | habits() | made).items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()

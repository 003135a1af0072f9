"""LibreOffice at work: flat ODS in, the office formats out."""

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

FILTERS = {
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
    "xlsm": "xlsm:Calc MS Excel 2007 VBA XML",
    "xls": "xls:MS Excel 97",
    "ods": "ods:calc8",
    "pdf": "pdf:calc_pdf_Export",
}
_PROTECT = """
import os, sys, time, uno
from com.sun.star.beans import NamedValue, PropertyValue
pipe, source, target, filter_name = sys.argv[1:]
def said(name, value):
    told = PropertyValue(); told.Name = name; told.Value = value
    return told
local = uno.getComponentContext()
make = local.ServiceManager.createInstanceWithContext
resolver = make("com.sun.star.bridge.UnoUrlResolver", local)
for _ in range(100):
    try:
        context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        break
    except Exception:
        time.sleep(0.2)
desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
document = desktop.loadComponentFromURL(source, "_blank", 0, (said("Hidden", True),))
key = said("Password", "matkhau")
if target.endswith("xlsx"):
    told = [("OOXPassword", "matkhau"), ("CryptoType", "Standard")]
    words = tuple(NamedValue(*one) for one in told)
    key = said("EncryptionData", uno.Any("[]com.sun.star.beans.NamedValue", words))
document.storeToURL(target, (said("FilterName", filter_name), key))
document.close(True)
try:
    desktop.terminate()
finally:
    os._exit(0)  # its clean-up may crash once the office is gone
"""


def convert(sources: Mapping[str, str], suffix: str) -> dict[str, bytes]:
    """Each flat file (name to text) in another format, by its name without a suffix."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, text in sources.items():
            paths.append(Path(folder) / f"{name}.fods")
            paths[-1].write_text(text, encoding="utf-8")
        out = Path(folder) / "out"
        command = [*_soffice(folder), "--convert-to", FILTERS[suffix], "--outdir", str(out)]
        subprocess.run([*command, *map(str, paths)], check=True, capture_output=True, timeout=300)
        return {name: (out / f"{name}.{suffix}").read_bytes() for name in sources}


def protected(source: str, suffix: str) -> bytes:
    """One flat file in another format with a password to open it."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "source.fods", Path(folder) / f"out.{suffix}"
        path.write_text(source, encoding="utf-8")
        accept = "--accept=pipe,name=samples;urp;"
        with subprocess.Popen([*_soffice(folder), accept]) as office:
            names = ["samples", path.as_uri(), out.as_uri(), FILTERS[suffix].partition(":")[2]]
            subprocess.run(["/usr/bin/python3", "-c", _PROTECT, *names], check=True, timeout=120)
            office.wait(60)
        return out.read_bytes()


def _soffice(folder: str) -> list[str]:
    return ["soffice", f"-env:UserInstallation={Path(folder).as_uri()}/profile", "--headless"]

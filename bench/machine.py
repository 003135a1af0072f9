"""What a figure needs beside it: the machine, and the memory a process took at most."""

import os
import platform
from pathlib import Path


def about() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": str(os.cpu_count()),
        "memory_gib": f"{memory:.0f}",
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }


def peak_rss_mb(process: int | str = "self") -> int:
    """Read the kernel's high-water mark; rusage would count the parent's memory before exec."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))

"""What a figure needs beside it: the machine, and what processes took of its cores and memory."""

import contextlib
import os
import platform
from collections.abc import Mapping
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


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


def cpu_s(process: int) -> float:
    """CPU seconds of a process so far."""
    return _spent(Path(f"/proc/{process}"))


def cpu_s_by_thread(processes: Mapping[str, int]) -> dict[str, float]:
    """CPU seconds of processes by name; of ours, the thread that writes apart from the loop."""
    found: dict[str, float] = {}
    for name, process in processes.items():
        for task in Path(f"/proc/{process}/task").iterdir():
            part = "loop" if task.name == str(process) else "database"
            label = name if name == "simulator" else f"{name}: {part}"
            found[label] = found.get(label, 0.0) + _spent(task)
    return found


def family_cpu_s(child: int) -> float:
    """CPU seconds of the parent of a process, and of all children that it has or had."""
    parent = _fields(Path(f"/proc/{child}"))[1]
    ticks = sum(map(int, _fields(Path(f"/proc/{parent}"))[11:15]))
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it is gone meanwhile
            fields = _fields(process)
            if fields[1] == parent:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


def idle_s() -> float:
    """Seconds that all cores of the machine together had nothing to do so far."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", maxsplit=1)[0].split()
    return (int(fields[4]) + int(fields[5])) / _TICK


def _spent(process: Path) -> float:
    fields = _fields(process)
    return (int(fields[11]) + int(fields[12])) / _TICK


def _fields(process: Path) -> list[str]:
    """What the kernel says of a process or thread, from its state on."""
    return (process / "stat").read_text(encoding="ascii").rpartition(") ")[2].split()

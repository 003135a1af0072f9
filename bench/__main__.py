"""`make bench`: every stage of a campaign, in both modes.

python -m bench --parts     the tables alone, importing, sending, some harm: minutes too
"""

import argparse
import subprocess
import sys

COMMANDS = (
    ("bench.stages", "--mode", "embedded", "--messages", "100000"),
    ("bench.stages", "--mode", "cluster", "--messages", "100000"),
)
"""What `make bench` runs: every stage of a campaign, in both modes."""
PARTS = (
    ("bench.tables", "--rows", "200000", "--db", "sqlite", "--core"),
    ("bench.tables", "--rows", "200000", "--db", "postgres", "--core"),
    ("bench.importing", "--rows", "200000"),
    ("bench.rendering",),
    ("bench.engine", "--messages", "40000", "--channel", "zalo"),
    ("bench.engine", "--messages", "40000", "--channel", "both", "--faults", "realistic"),
    ("bench.smpp", "--messages", "50000"),
    ("bench.lists", "--messages", "50000"),
    ("bench.beside", "--rows", "200000"),
    ("bench.kills", "--kills", "20"),
    ("bench.kills", "--fault", "disk", "--kills", "5"),
    ("bench.kills", "--fault", "clock", "--kills", "5"),
    ("bench.kills", "--fault", "power", "--kills", "5"),
)


def main() -> int:
    """Run each benchmark in a process of its own; the first that fails ends it."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--parts", action="store_true", help="measure parts by themselves instead")
    for module, *arguments in PARTS if parser.parse_args().parts else COMMANDS:
        print(f"\n$ python -m {module} {' '.join(arguments)}", flush=True)
        code = subprocess.run([sys.executable, "-m", module, *arguments], check=False).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What can happen to a cluster: to its processes, its servers, its lines, its clocks, its disk."""

import random
import subprocess
from collections.abc import Callable, Sequence

from bench.chaos_lines import Lines
from bench.cluster import Cluster, Service
from bench.scene import let_work
from bench.stepped import step

_HOUR = 3_600.0


Harm = Callable[[Cluster, Lines, random.Random], str]
"""Does it, and says what was done; whatever it broke is mended at the end of the round."""


def kill_worker(cluster: Cluster, _lines: Lines, chance: random.Random) -> str:
    """End one with SIGKILL; sometimes it is back at once."""
    worker = _worker(cluster, chance)
    worker.kill()
    if chance.random() < 0.5:
        worker.start()
    return f"kill {worker.name}"


def stop_worker(cluster: Cluster, _lines: Lines, chance: random.Random) -> str:
    """End one quietly, as an upgrade does."""
    worker = _worker(cluster, chance)
    worker.stop()
    worker.start()
    return f"stop {worker.name}"


def kill_beat(cluster: Cluster, _lines: Lines, _chance: random.Random) -> str:
    """Nobody rings for a while."""
    cluster.beat.kill()
    return "kill beat"


def kill_web(cluster: Cluster, _lines: Lines, chance: random.Random) -> str:
    """Carriers find no door."""
    cluster.web.kill()
    if chance.random() < 0.5:
        cluster.web.start()
    return "kill web"


def kill_redis(cluster: Cluster, _lines: Lines, chance: random.Random) -> str:
    """Everything in it is gone; it is back at once, or only after the round."""
    cluster.redis.kill()
    if chance.random() < 0.5:
        cluster.redis.start()
    return "kill redis"


def kill_postgres(cluster: Cluster, _lines: Lines, chance: random.Random) -> str:
    """The database's server ends with SIGKILL and reads its log again."""
    cluster.postgres.kill()
    let_work(chance, 0.0, 1.0)
    cluster.postgres.start()
    return "kill postgres"


def cut_database(_cluster: Cluster, lines: Lines, chance: random.Random) -> str:
    """One service's connections to the database are reset."""
    name = chance.choice(sorted(lines.database))
    lines.database[name].cut()
    return f"cut {name} from postgres"


def stall_database(_cluster: Cluster, lines: Lines, chance: random.Random) -> str:
    """One service hears nothing from the database, nor of an end."""
    name = chance.choice(sorted(lines.database))
    lines.database[name].stall()
    return f"stall {name} from postgres"


def cut_board(_cluster: Cluster, lines: Lines, chance: random.Random) -> str:
    """One service does not reach Redis, while the others do."""
    name = chance.choice(sorted(lines.board))
    lines.board[name].cut(refuse=True)
    return f"cut {name} from redis"


def stall_board(_cluster: Cluster, lines: Lines, chance: random.Random) -> str:
    """One service hears nothing from Redis."""
    name = chance.choice(sorted(lines.board))
    lines.board[name].stall()
    return f"stall {name} from redis"


def cut_carriers(_cluster: Cluster, lines: Lines, chance: random.Random) -> str:
    """Every call that waits for its answer loses it."""
    lines.carriers.cut(refuse=chance.random() < 0.3)
    return "cut carriers"


def slow_carriers(_cluster: Cluster, lines: Lines, chance: random.Random) -> str:
    """Every word of the carriers takes longer."""
    lines.carriers.slow(chance.uniform(0.1, 0.5))
    return "slow carriers"


def cut_callbacks(_cluster: Cluster, lines: Lines, _chance: random.Random) -> str:
    """Carriers lose our answers to their calls, and call again."""
    lines.callbacks.cut()
    return "cut callbacks"


def step_clock(_cluster: Cluster, lines: Lines, chance: random.Random) -> str:
    """One service's wall clock steps by an hour, either way, or back."""
    name, by = chance.choice(sorted(lines.clocks)), chance.choice([-_HOUR, 0.0, _HOUR])
    step(lines.clocks[name], by)
    return f"step {name} to {by:+.0f} s"


def fill_disk(cluster: Cluster, _lines: Lines, chance: random.Random) -> str:
    """No file of the database's server can grow for a while; it may end over that."""
    _room(cluster, "0")
    let_work(chance, 0.5, 2.0)
    _room(cluster, "unlimited")
    cluster.postgres.stop()  # whose new processes would not hear that there is room
    cluster.postgres.start()
    return "fill disk of postgres"


ALL: Sequence[Harm] = (
    kill_worker, kill_worker, stop_worker, kill_beat, kill_web, kill_redis, kill_postgres,
    cut_database, stall_database, cut_board, stall_board, cut_carriers, slow_carriers,
    cut_callbacks, step_clock, fill_disk,
)  # fmt: skip
SPARES_WORK = frozenset(
    {kill_beat, kill_web, kill_redis, cut_board, stall_board, cut_carriers, slow_carriers,
     cut_callbacks}
)  # fmt: skip
"""Those that may leave nothing unknown but what a carrier's answer was lost for."""


def _worker(cluster: Cluster, chance: random.Random) -> Service:
    return chance.choice([worker for worker in cluster.workers if worker.runs] or cluster.workers)


def _room(cluster: Cluster, size: str) -> None:
    """Set how large a file the database's processes may make; as whom they run, so none objects."""
    server = cluster.postgres
    for process in server.processes():
        command = ["prlimit", "--pid", str(process), f"--fsize={size}:unlimited"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, **server.run_as)
        if done.returncode and process in server.processes():
            raise RuntimeError(f"no limit for process {process} of the database: {done.stderr}")

"""docker-compose.yml and Dockerfile say what the code, its settings and each other say."""

import asyncio
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import make_url

from bench.postgres import DURABLE
from outreach import settings as installed
from outreach.bootstrap import open_house
from outreach.runner import Runner
from outreach.store.database import Database
from tests.deployment import (
    CONFIG,
    DOCKERFILE,
    FILE,
    GIVEN,
    JOBS,
    OURS,
    ROOT,
    SERVICES,
    command,
    environment,
    filled,
    is_worker,
    megabytes,
    outreach_arguments,
    seconds,
    with_every_account,
    worker_arguments,
)
from workers.posts import SMPP, chosen, posts
from workers.process import _LAST_WORD_S

WORKERS = [name for name in SERVICES if is_worker(name)]
HAS_NO_DOOR = {"beat"}


def _processes(scale: str) -> dict[str, int]:
    """How many of each of our services run, where the file's first words scale them out."""
    found = dict.fromkeys(OURS, 1)
    found.update({name: int(n) for name, n in re.findall(r"(\S+)=(\d+)", scale)})
    return found


def test_every_image_is_pinned_and_names_no_host() -> None:
    images = [its["image"] for its in SERVICES.values()]
    images += [line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("FROM")]
    assert len(images) > len(SERVICES)
    for image in images:
        name, _, tag = image.partition(":")
        assert "." not in name, f"{image}: a host"
        assert re.match(r"v?\d+\.\d+", tag), f"{image}: which one?"


def test_the_commands_are_those_of_the_code() -> None:
    for name in OURS:
        words = command(name)
        if words[0] == "outreach" and name != "cli":
            outreach_arguments(words)
        elif name != "cli":
            worker_arguments(name)
    assert command("cli") == ["outreach", "--help"]
    assert outreach_arguments(command("web"))["settles"] is False, "the workers settle"
    assert worker_arguments("beat").door == "beat"


@pytest.mark.parametrize("profiles", [set(), {"smpp"}])
def test_every_queue_is_somebodys(profiles: set[str], tmp_path: Path) -> None:
    config = with_every_account(tmp_path) if profiles else CONFIG
    accounts = installed.load(config, environment("web", GIVEN)).accounts
    assert any(its.adapter == SMPP for its in accounts) == bool(profiles)
    consumed: list[str] = []
    for name in WORKERS:
        if set(SERVICES[name].get("profiles", [])) <= profiles:
            consumed += [post.queue for post in chosen(accounts, worker_arguments(name).queues)]
    assert sorted(consumed) == sorted(post.queue for post in posts(accounts))


def test_ports_agree() -> None:
    metrics = {name: worker_arguments(name).metrics for name in WORKERS}
    assert set(metrics.values()) == {f"0.0.0.0:{JOBS['workers']['port']}"}
    assert sorted(JOBS["workers"]["names"]) == sorted(metrics)
    for name in metrics:
        assert f"127.0.0.1:{JOBS['workers']['port']}/metrics" in str(SERVICES[name]["healthcheck"])
    web = outreach_arguments(command("web"))
    [port] = SERVICES["web"]["ports"]
    assert web["port"] == port["target"] == JOBS["web"]["port"]
    assert web["host"] == "0.0.0.0"
    assert JOBS["web"]["names"] == ["web"]
    assert f"127.0.0.1:{web['port']}/health" in str(SERVICES["web"]["healthcheck"])


def test_only_this_machine_reaches_what_is_published_and_the_web_scales_out() -> None:
    for name, its in SERVICES.items():
        assert "container_name" not in its, "one name, so one replica"
        if name == "web":
            continue
        for port in its.get("ports", []):
            assert name in {"prometheus", "grafana"}
            assert port.startswith("127.0.0.1:")
    [port] = SERVICES["web"]["ports"]
    assert filled(port["host_ip"], {}) == "127.0.0.1"
    first, last = map(int, filled(port["published"], {}).split("-"))
    assert last - first >= _processes(_scale())["web"]


def _scale() -> str:
    head = (ROOT / "docker-compose.yml").read_text(encoding="utf-8").partition("\nx-")[0]
    [line] = [line for line in head.splitlines() if "--scale" in line]
    return line


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_do_no_more_than_it_must(name: str) -> None:
    its = SERVICES[name]
    assert its["read_only"] is True
    assert its["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in its["security_opt"]
    assert its["logging"]["options"]["max-size"]
    assert "privileged" not in its
    limits = its["deploy"]["resources"]["limits"]
    assert megabytes(limits["memory"]) > 0
    assert 0 < float(limits["cpus"]) <= 2, "docker refuses more than the machine has"
    ends = name in {"migrate", "cli"}
    assert its["restart"] == ("no" if ends else "unless-stopped")
    if name in HAS_NO_DOOR:
        assert its["healthcheck"] == {"disable": True}
    else:
        assert ends or its["healthcheck"]["test"]


def test_nobody_waits_for_what_is_not_there() -> None:
    for name, its in SERVICES.items():
        for other, how in its.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert SERVICES[other]["healthcheck"]["test"], f"{name} waits for {other}"
            else:
                assert how["condition"] == "service_completed_successfully"
                assert SERVICES[other]["restart"] == "no"
    for name in OURS.keys() - {"migrate"}:
        assert "migrate" in SERVICES[name]["depends_on"]
    assert "postgres" in SERVICES["migrate"]["depends_on"]


def test_a_worker_makes_room_before_it_is_killed_and_ends_before_it_is_killed() -> None:
    for name in WORKERS:
        limit = megabytes(SERVICES[name]["deploy"]["resources"]["limits"]["memory"])
        assert 0 < worker_arguments(name).memory_mb <= limit * 0.9
    for name in OURS:
        assert seconds(SERVICES[name]["stop_grace_period"]) >= _LAST_WORD_S + 15


def test_what_is_mounted_is_there_and_is_where_the_code_looks() -> None:
    [home] = re.findall(r"^WORKDIR (/srv/\S+)$", DOCKERFILE, re.MULTILINE)
    for name in OURS:
        mounts = dict(each.split(":")[:2] for each in SERVICES[name]["volumes"])
        assert mounts["./config"] == f"{home}/config"
        assert mounts["./templates"] == f"{home}/templates"
        assert mounts["data"] == f"{home}/{installed.load(CONFIG, environment('web', GIVEN)).data}"
    for its in SERVICES.values():
        for each in its.get("volumes", []):
            source = each.split(":")[0]
            assert (ROOT / source).is_dir() if "/" in source else source in FILE["volumes"]


def test_the_servers_are_where_the_addresses_say() -> None:
    told = environment("web", GIVEN)
    for name in ("OUTREACH_DATABASE_URL", "OUTREACH_REDIS_URL"):
        server = str(urlsplit(told[name]).hostname)
        for ours in OURS:
            assert set(SERVICES[server]["networks"]) & set(SERVICES[ours]["networks"])
        assert SERVICES[server]["networks"] == ["store"], "not the network that leads outside"
    assert FILE["networks"]["store"]["internal"] is True
    url, postgres = make_url(told["OUTREACH_DATABASE_URL"]), SERVICES["postgres"]["environment"]
    assert url.password is None
    assert (url.username, url.database) == (postgres["POSTGRES_USER"], postgres["POSTGRES_DB"])
    assert told["PGPASSWORD"] == filled(postgres["POSTGRES_PASSWORD"], GIVEN)


def test_postgresql_is_as_it_was_measured_and_has_room_for_all() -> None:
    told = dict(re.findall(r"-c(\w+)=(\S+)", " ".join(command("postgres"))))
    assert DURABLE.items() <= told.items()
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    pools = [database.engine.pool, database._writing.pool]
    most = sum(pool.size() + pool._max_overflow for pool in pools)  # type: ignore[attr-defined]
    database.close()
    running = _processes(_scale())
    assert sum(running.values()) * most < int(told["max_connections"])
    shared = int(told["shared_buffers"].removesuffix("GB")) * 1024
    limits = SERVICES["postgres"]["deploy"]["resources"]["limits"]
    assert shared <= megabytes(limits["memory"]) / 2


def test_redis_keeps_nothing_and_drops_nothing() -> None:
    words = command("redis")
    told = dict(zip(words[1::2], words[2::2], strict=True))
    assert told["--save"] == ""
    assert told["--appendonly"] == "no"
    assert told["--maxmemory-policy"] == "noeviction"
    room = megabytes(SERVICES["redis"]["deploy"]["resources"]["limits"]["memory"])
    assert int(told["--maxmemory"].removesuffix("mb")) < room
    assert "volumes" not in SERVICES["redis"]


async def test_a_web_that_leaves_settling_to_the_workers_goes_on(
    database_url: str, tmp_path: Path
) -> None:
    given = environment("web", GIVEN) | {"OUTREACH_DATABASE_URL": database_url}
    house = open_house(installed.load(CONFIG, given | {"OUTREACH_DATA": str(tmp_path)}))
    try:
        runner = Runner(house, sends=False, settles=False)
        running = asyncio.create_task(runner.run())
        done, _ = await asyncio.wait({running}, timeout=0.3)
        assert not done, "nobody told it to stop"
        runner.stop()
        await running
    finally:
        house.close()

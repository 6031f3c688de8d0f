"""What the machine was doing meanwhile: a row during which others took more than a quarter of a core is void."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
MOST_FOREIGN = 0.25


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds of CPU since boot: busy in all, stolen, and of our own processes."""

    at: float
    busy: float
    stolen: float
    ours: float


def moment() -> Moment:
    """Read the kernel's counters; ours are this process and all it started."""
    fields = [int(f) / TICK for f in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    idle, stolen = fields[3] + fields[4], fields[7]
    return Moment(time.perf_counter(), sum(fields[:8]) - idle - stolen, stolen, _ours())


def foreign(before: Moment, after: Moment) -> float:
    """Cores that others used between two moments."""
    used = (after.busy - before.busy) - (after.ours - before.ours) + (after.stolen - before.stolen)
    return max(0.0, used / (after.at - before.at))


def cpu_of(root: int) -> float:
    """Seconds of CPU a process and its living children have used."""
    return sum(_used(pid) for pid in _family(root))


def _ours() -> float:
    return cpu_of(os.getpid())


def _family(root: int) -> set[int]:
    parents = {int(p.name): _stat(int(p.name)) for p in Path("/proc").iterdir() if p.name.isdigit()}
    family, grown = {root}, True
    while grown:
        more = {pid for pid, stat in parents.items() if stat and int(stat[1]) in family} - family
        family, grown = family | more, bool(more)
    return family


def _used(pid: int) -> float:
    stat = _stat(pid)
    return sum(int(f) for f in stat[11:15]) / TICK if stat else 0.0


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, ...; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []

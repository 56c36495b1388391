"""What other processes take of the machine: CPU, memory, and time until they end."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Use:
    """``cpu``: the share of a core over a while; ``rss_mb``: resident at its end."""

    cpu: float
    rss_mb: float

    def __str__(self) -> str:
        return f"{self.cpu:.2%} of a core, {self.rss_mb:.0f} MB"


def use_of(pid: int, seconds: float) -> Use:
    """What a process takes in the next so many seconds."""
    began_s, used_s = time.monotonic(), cpu_s(pid)
    time.sleep(seconds)
    return Use((cpu_s(pid) - used_s) / (time.monotonic() - began_s), rss_mb(pid))


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has had, its own and the kernel's for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def rss_mb(pid: int) -> float:
    """Resident memory of a process."""
    return _status_mb(pid, "VmRSS:")


def peak_mb(pid: int) -> float:
    """The most that it ever was. Not ru_maxrss, which begins with that of the process
    that started it."""
    return _status_mb(pid, "VmHWM:")


def _status_mb(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (found,) = (line.split()[1] for line in lines if line.startswith(name))
    return int(found) / 1024


def by_turns(
    scripts: Mapping[str, Sequence[str]], environ: Mapping[str, str], rounds: int
) -> dict[str, list[float]]:
    """Seconds that each call of Python takes, one of each in every round."""
    took: dict[str, list[float]] = {name: [] for name in scripts}
    for round_ in range(rounds + 1):
        for name, arguments in scripts.items():
            seconds = _once_s(arguments, environ)
            if round_:  # the first fills caches
                took[name].append(seconds)
    return took


def _once_s(arguments: Sequence[str], environ: Mapping[str, str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environ, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began

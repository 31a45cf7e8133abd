"""The pure core: deciding about a million members."""

import json
import statistics
import subprocess

from .tools import Unusable, say

RUNS = 3


def measure(place, table, members):
    """Decides about `members` and about a tenth of them."""
    say(f"decide and diff {members:,} members")
    many = [_run(place, members) for _ in range(RUNS)]
    few = [_run(place, members // 10) for _ in range(RUNS)]
    # One thread that waits for nothing: its processor time is what a clock would show on an idle machine.
    seconds = statistics.median(run["processorSeconds"] for run in many)
    tenth = statistics.median(run["processorSeconds"] for run in few)
    clock = statistics.median(run["seconds"] for run in many)
    table.add(f"decide {members:,} members", seconds, "s", 2,
              note=f"of processor, median of {RUNS}; {clock:.2f} s on the clock")
    table.add("decide: memory beyond the inputs", many[0]["bytesPerMember"], "B/member", 400, places=0)
    table.add("decide: ten times the members take", seconds / tenth, "times", 14, places=1)


def _run(place, members):
    done = subprocess.run([place.core, str(members)], text=True, stdout=subprocess.PIPE, timeout=300, check=False)
    if done.returncode != 0:
        raise Unusable(f"causeway-bench ended with {done.returncode}: {done.stdout.strip()}")
    return json.loads(done.stdout)

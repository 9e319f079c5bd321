"""What the times of a recording cannot tell, where others disturbed its takes or the machine has too few cores.

Such times are too long. How much too long is known only roughly: by what the takes waited for others, and by no more
than the missing cores could have saved. So a claim that seems to hold is held against both, the recording as it is and
as it would be at best. Others on the same core's threads and caches slow a run down as well, which nobody can measure:
a claim that seems to fail does so only where no shorter time at all would make it true.
"""

from __future__ import annotations

import msgspec

from asrun.durations import show_seconds
from asrun.recording import Recording, Take, median_take

_SLACK = 1.05
"""Processor time is charged in ticks: a run on two cores can read as 2.02 of them."""


SHARES = tuple(1.002**-power for power in range(2500))
"""The parts of a measured time that are tried, down to a hundredth: no sensible tolerance falls between two of them."""


def doubt(recording: Recording, needs: float) -> str:
    """Why the times of a recording are too long, of a run that needs so many cores; empty where they are not."""
    name, cores = f"{recording.scenario}.{recording.run}", recording.machine.cores
    reasons = []
    if _is_short(recording, needs):
        have = "1 core" if cores == 1 else f"{cores} cores"
        reasons.append(f"{name} needs {round(needs, 1):g} cores, and its machine has {have}")
    take = max(recording.takes, key=lambda take: take.disturbance_ns)
    if recording.disturbed:
        lost = show_seconds(take.disturbance_ns / 1e9)
        reasons.append(f"others kept {name} from the cores for {lost} of {show_seconds(take.wall_ns / 1e9)}")
    return "\n".join(reasons)


def at_best(recording: Recording, needs: float) -> Recording:
    """The recording with its times as short as they can have been without what `doubt` says: a bound, for no slide."""
    saved = min(1.0, recording.machine.cores / needs) if _is_short(recording, needs) else 1.0
    shares = [saved * _undisturbed(take, recording.machine.cores) for take in recording.takes]
    takes = tuple(
        msgspec.structs.replace(take, wall_ns=round(take.wall_ns * share), queued_ns=take.queued_ns and 0)
        for take, share in zip(recording.takes, shares, strict=True)
    )
    share = shares[recording.shown]

    def scaled(time_ns: int) -> int:
        return round(time_ns * share)

    return msgspec.structs.replace(
        recording,
        takes=takes,
        shown=median_take(takes),
        events=tuple(msgspec.structs.replace(event, at_ns=scaled(event.at_ns)) for event in recording.events),
        lanes=tuple(
            msgspec.structs.replace(
                lane,
                began_ns=scaled(lane.began_ns),
                ended_ns=None if lane.ended_ns is None else scaled(lane.ended_ns),
                running_ns=scaled(lane.running_ns),
                waiting_ns=scaled(lane.waiting_ns),
                queued_ns=lane.queued_ns and 0,
            )
            for lane in recording.lanes
        ),
    )


def shortened(recording: Recording, share: float) -> Recording:
    """The recording with its wall times shorter by one factor, and nothing else."""
    takes = tuple(msgspec.structs.replace(take, wall_ns=round(take.wall_ns * share)) for take in recording.takes)
    return msgspec.structs.replace(recording, takes=takes)


def _is_short(recording: Recording, needs: float) -> bool:
    return needs > recording.machine.cores * _SLACK


def _undisturbed(take: Take, cores: int) -> float:
    """The share of a take's wall time that it needed at least: without the waiting, and with all cores busy for it."""
    if not take.disturbed or not take.wall_ns:
        return 1.0
    working_ns = max(0, take.cpu_ns - (take.startup_ns or 0)) / cores
    return min(1.0, max(take.wall_ns - take.disturbance_ns, working_ns, 1.0) / take.wall_ns)

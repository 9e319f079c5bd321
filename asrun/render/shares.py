"""Areas whose height is a share: how much of a core a lane had, how many of many lanes were there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Literal

import msgspec

from asrun.lanes import Lane, Span

_STEP = 3.0
"""Pixels that one stretch of an area takes at the least."""

Place = Callable[[int], float]
"""From nanoseconds to pixels."""


class Outline(msgspec.Struct, frozen=True):
    """An area over the bottom of a row, as the points of a polygon: pixels to the right, and down, the bottom at 0."""

    state: Literal["run", "wait"]
    points: str


def load_outlines(
    load: Sequence[int],
    stretch_ns: int,
    runs: Iterable[tuple[int, int]],
    x: Place,
    height: float,
) -> Iterator[Outline]:
    """How much of a core a lane had in each of its runs; `load` are percents of stretches from time zero on."""
    for begin_ns, end_ns in runs:
        steps = []
        for index in range(max(begin_ns // stretch_ns, 0), len(load)):
            at_ns = index * stretch_ns
            if at_ns >= end_ns:
                break
            from_, to = x(max(at_ns, begin_ns)), x(min(at_ns + stretch_ns, end_ns))
            steps.append((from_, to, min(load[index], 100) / 100))
        yield _outline("run", _joined(steps), height)


def running_outline(spans: Iterable[Span], total_ns: int, width: float, height: float) -> Outline:
    """Which part of the time a lane ran that ran often."""
    ran = [(span.begin_ns, span.end_ns) for span in spans if span.state == "running"]
    return _outline("run", _binned(ran, total_ns, width, 1), height)


def group_outlines(
    lanes: Sequence[Lane], spans: Iterable[Span], wall_ns: int, total_ns: int, width: float, height: float
) -> tuple[Outline, ...]:
    """How many of a group were there, and how many of them ran."""
    there = [(lane.began_ns, wall_ns if lane.ended_ns is None else lane.ended_ns) for lane in lanes]
    ran = [(span.begin_ns, span.end_ns) for span in spans if span.state == "running"]
    return (
        _outline("wait", _binned(there, total_ns, width, len(lanes)), height),
        _outline("run", _binned(ran, total_ns, width, len(lanes)), height),
    )


def _binned(
    stretches: Iterable[tuple[int, int]], total_ns: int, width: float, count: int
) -> list[tuple[float, float, float]]:
    """The mean number of stretches over each few pixels, as a share of `count`."""
    bins = max(int(width / _STEP), 1)
    size_ns = max(total_ns, 1) / bins
    whole = [0.0] * (bins + 1)
    parts = [0.0] * bins
    for begin_ns, end_ns in stretches:
        first = min(int(begin_ns / size_ns), bins - 1)
        last = min(int(end_ns / size_ns), bins - 1)
        if first == last:
            parts[first] += (end_ns - begin_ns) / size_ns
            continue
        parts[first] += (first + 1) - begin_ns / size_ns
        parts[last] += end_ns / size_ns - last
        whole[first + 1] += 1
        whole[last] -= 1
    shares = [(full + part) / count for full, part in zip(accumulate(whole), parts, strict=False)]
    step = width / bins
    return _joined([(step * at, step * (at + 1), min(share, 1.0)) for at, share in enumerate(shares)])


def _joined(steps: Iterable[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """Steps with those made one that are thinner than can be seen, and those of equal height."""
    joined: list[tuple[float, float, float]] = []
    for begin, end, share in steps:
        if joined:
            first, last, height = joined[-1]
            if abs(height - share) < 0.005:
                joined[-1] = first, end, height
                continue
            if last - first < _STEP:
                mean = (height * (last - first) + share * (end - begin)) / max(end - first, 1e-9)
                joined[-1] = first, end, mean
                continue
        joined.append((begin, end, share))
    return joined


def _outline(state: Literal["run", "wait"], steps: Sequence[tuple[float, float, float]], height: float) -> Outline:
    points: list[str] = []
    at = None
    for begin, end, share in steps:
        # What is there but hardly to be seen gets a pixel.
        up = max(round(share * height, 1), 1.0) if share > 0.0005 else 0.0
        if at is None:
            points.append(f"{begin:.1f},0")
        points += [f"{begin:.1f},{-up:g}", f"{end:.1f},{-up:g}"]
        at = end
    if at is not None:
        points.append(f"{at:.1f},0")
    return Outline(state, " ".join(points))

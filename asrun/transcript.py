"""From bytes to a transcript: what was printed, when, and by which lane.

The system tells which process wrote a chunk, and when it arrived. Where the probe saw the print from inside, it knows
the lane and the line of code as well, and the moment to the microsecond; the two are matched by their text.
"""

from __future__ import annotations

import codecs
import itertools
import re
from collections.abc import Sequence

import msgspec

from asrun.execute.request import Outcome
from asrun.lanes import Print, Stream
from asrun.recording import Event

EVENT_LIMIT = 50_000
"""Events beyond this are counted as dropped bytes: a page and a reviewer have no use for more."""

SAME_MOMENT_NS = 1_000_000
"""Parts of a line that follow each other within this time are one event, at the time of the last."""

ON_ITS_WAY_NS = 10_000_000
"""A line that took longer to arrive than this was kept back (a buffer of the program's own): it appeared when it
arrived. Below it, the print's own stamp is the truer time."""

Writer = tuple[Stream, int | None]


def transcribe(outcome: Outcome) -> tuple[tuple[Event, ...], int]:
    """The output of a take as events in the order of time, and how many bytes were beyond EVENT_LIMIT."""
    by_writer: dict[Writer, list[Event]] = {}
    arrivals: dict[Writer, list[int]] = {}
    arrival = itertools.count()
    processes: dict[int, int] = {}
    zero_ns = outcome.started_ns if outcome.zero_ns is None else outcome.zero_ns
    dropped_bytes = count = 0
    decoders: dict[Writer, codecs.IncrementalDecoder] = {}

    def add(writer: Writer, at_ns: int, text: str) -> int:
        stream, pid = writer
        process = None if pid is None else processes.setdefault(pid, len(processes))
        events = by_writer.setdefault(writer, [])
        before = len(events)
        for line in re.findall(r"[^\n]*\n|[^\n]+", text):
            last = events[-1] if events else None
            if last is not None and not last.text.endswith("\n") and at_ns - last.at_ns <= SAME_MOMENT_NS:
                events[-1] = Event(at_ns, stream, process, last.text + line)
                arrivals[writer][-1] = next(arrival)
            else:
                events.append(Event(at_ns, stream, process, line))
                arrivals.setdefault(writer, []).append(next(arrival))
        return len(events) - before

    for chunk in outcome.chunks:
        if count >= EVENT_LIMIT:
            dropped_bytes += len(chunk.data)
            continue
        writer = (chunk.stream, chunk.pid)
        decoder = decoders.setdefault(writer, codecs.getincrementaldecoder("utf-8")("replace"))
        # What was read after the end had been written by then.
        count += add(writer, min(chunk.at_ns, outcome.ended_ns) - zero_ns, decoder.decode(chunk.data))
    for writer, decoder in decoders.items():
        add(writer, outcome.ended_ns - zero_ns, decoder.decode(b"", final=True))

    if outcome.trace is not None:
        pids = outcome.trace.pids
        for (stream, pid), events in by_writer.items():
            if pid in pids:
                of_writer = _prints_of(outcome.trace.prints, outcome.trace.lanes_of_process(pids[pid]), stream)
                by_writer[stream, pid] = who_printed(events, of_writer)
    everything = sorted(
        (
            event
            for stream in ("stdout", "stderr")
            for event in in_order_of_arrival(
                [
                    (number, event)
                    for writer, events in by_writer.items()
                    if writer[0] == stream
                    for number, event in zip(arrivals.get(writer, []), events, strict=True)
                ]
            )
        ),
        key=lambda event: event.at_ns,
    )
    dropped_bytes += sum(len(event.text.encode()) for event in everything[EVENT_LIMIT:])
    return tuple(everything[:EVENT_LIMIT]), dropped_bytes


def in_order_of_arrival(arrived: Sequence[tuple[int, Event]]) -> list[Event]:
    """The events of one stream, of all its writers, as they arrived, with their numbers in any order.

    What arrived before another was written before it. A line that was read late, on a busy machine, is therefore not
    later than the print of another process that arrived behind it.
    """
    told: list[Event] = []
    for _, event in sorted(arrived, key=lambda pair: pair[0], reverse=True):
        if told and event.at_ns > told[-1].at_ns:
            event = msgspec.structs.replace(event, at_ns=told[-1].at_ns)
        told.append(event)
    return told[::-1]


def _prints_of(prints: Sequence[Print], lanes: frozenset[int], stream: Stream) -> list[Print]:
    return [print_ for print_ in prints if print_.stream == stream and print_.lane in lanes]


def who_printed(events: Sequence[Event], prints: Sequence[Print]) -> list[Event]:
    """The events of one process and stream, each with the lane and the line of the print that ended it.

    An event whose text is not what the next prints wrote came past the probe (`os.write`, a program that was started):
    its lane is not known. Of a long print only the beginning is known, and its length. The order stays that of the
    stream: where one line arrived late, those behind it are not earlier, whatever their prints say.
    """
    next_print = used = 0
    told: list[Event] = []
    for event in events:
        for first in range(next_print, min(next_print + _LOOK_AHEAD, len(prints))):
            # Only what comes next can have been begun already; a print that is skipped never reached the stream.
            found = _match(event.text, prints, first, used if first == next_print else 0)
            if found is not None:
                ended, next_print, used = found
                event = _printed(event, prints[ended])
                break
        if told and event.at_ns < told[-1].at_ns:
            event = msgspec.structs.replace(event, at_ns=told[-1].at_ns)
        told.append(event)
    return told


_LOOK_AHEAD = 20


def _match(text: str, prints: Sequence[Print], first: int, used: int) -> tuple[int, int, int] | None:
    """The print that ends `text`, the next one, and how much of that one is used; None where they do not match."""
    place, index = 0, first
    while index < len(prints):
        print_ = prints[index]
        part = text[place : place + print_.length - used]
        if part[: max(len(print_.text) - used, 0)] != print_.text[used : used + len(part)]:
            return None
        place, used = place + len(part), used + len(part)
        ended = index
        if used >= print_.length:
            index, used = index + 1, 0
        if place >= len(text):
            return ended, index, used
    return None


def _printed(event: Event, print_: Print) -> Event:
    at_ns = print_.at_ns if 0 <= event.at_ns - print_.at_ns <= ON_ITS_WAY_NS else event.at_ns
    return msgspec.structs.replace(event, at_ns=at_ns, lane=print_.lane, line=print_.line, file=print_.file)

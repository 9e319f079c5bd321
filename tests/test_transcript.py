"""Who printed which line: what the system saw and what the probe saw, put together."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from asrun.lanes import Lane, Print, Trace
from asrun.recording import Event
from asrun.transcript import in_order_of_arrival, transcribe, who_printed
from tests import making


def event(text: str, at_ns: int = 5_000) -> Event:
    """A line on standard output."""
    return Event(at_ns, "stdout", 0, text)


def printed(text: str, lane: int = 1, line: int = 7, at_ns: int = 4_000) -> Print:
    """A print of that text."""
    return Print(lane, at_ns, "stdout", "main.py", line, text, len(text))


def lanes(events: list[Event]) -> list[int | None]:
    """The lane of each event."""
    return [event.lane for event in events]


def test_a_line_has_the_lane_the_line_of_code_and_the_moment_of_its_print() -> None:
    """The print's own stamp is truer than that of the read."""
    assert who_printed([event("a\n")], [printed("a\n")]) == [Event(4_000, "stdout", 0, "a\n", 1, 7, "main.py")]


def test_a_line_that_was_kept_back_appears_when_it_arrived() -> None:
    """A stamp long before the arrival is that of a buffer, and nobody saw the line then."""
    (told,) = who_printed([event("a\n", at_ns=3_000_000_000)], [printed("a\n")])
    assert (told.at_ns, told.lane) == (3_000_000_000, 1)


def test_lines_stay_in_the_order_of_their_stream() -> None:
    """A line whose read was late keeps those behind it behind it, although their own stamps are earlier."""
    ms = 1_000_000
    events = [event("a\n", at_ns=20 * ms), event("b\n", at_ns=21 * ms), event("c\n", at_ns=40 * ms)]
    prints = [printed(f"{text}\n", at_ns=at_ns) for text, at_ns in (("a", 0), ("b", 12 * ms), ("c", 39 * ms))]
    told = who_printed(events, prints)
    assert [(one.text, one.at_ns) for one in told] == [("a\n", 20 * ms), ("b\n", 20 * ms), ("c\n", 39 * ms)]


def test_a_line_that_was_read_late_stays_before_what_arrived_behind_it() -> None:
    """What two processes wrote keeps the order in which it arrived, also where only one of them was read in time."""
    late, child = event("parent\n", at_ns=38_000_000), event("child\n", at_ns=36_000_000)
    later = event("parent again\n", at_ns=40_000_000)
    told = in_order_of_arrival([(0, late), (2, later), (1, child)])
    assert [(one.text, one.at_ns) for one in told] == [
        ("parent\n", 36_000_000),
        ("child\n", 36_000_000),
        ("parent again\n", 40_000_000),
    ]


def test_a_line_of_several_prints_is_that_of_the_last() -> None:
    """Parts of a line may come from several lanes; it is complete with the last."""
    assert lanes(who_printed([event("ab\n")], [printed("a", 1), printed("b\n", 2)])) == [2]


def test_a_print_of_several_lines_has_them_all() -> None:
    """One write can be many events."""
    assert lanes(who_printed([event("a\n"), event("b\n")], [printed("a\nb\n", 3)])) == [3, 3]


def test_output_that_came_past_the_probe_has_no_lane() -> None:
    """What was written natively is not laid at anybody's door, and does not confuse what follows."""
    told = who_printed(
        [event("native\n"), event("a\n"), event("native\n"), event("b\n")], [printed("a\n"), printed("b\n", 2)]
    )
    assert lanes(told) == [None, 1, None, 2]


def test_a_print_that_never_arrived_is_passed_over() -> None:
    """Output that was thrown away does not shift the rest."""
    assert lanes(who_printed([event("b\n")], [printed("a\n"), printed("b\n", 2)])) == [2]


def test_of_a_long_print_the_beginning_is_enough() -> None:
    """The probe keeps the beginning of a long text, and its length."""
    long = "x" * 1000 + "\n"
    known = Print(1, 4_000, "stdout", None, 1, long[:400], len(long))
    assert lanes(who_printed([event(long), event("a\n")], [known, printed("a\n", 2)])) == [1, 2]


@given(st.lists(st.tuples(st.text("ab\n", min_size=1, max_size=5), st.integers(0, 3))))
def test_however_it_is_cut_every_line_has_the_lane_that_ended_it(prints: list[tuple[str, int]]) -> None:
    """With all prints known and all output there, the last character of each event tells its lane."""
    text = "".join(part for part, _ in prints)
    owners = [lane for part, lane in prints for _ in part]
    events, place, expected = [], 0, []
    for line in text.splitlines(keepends=True):
        place += len(line)
        events.append(event(line))
        expected.append(owners[place - 1])
    assert lanes(who_printed(events, [printed(part, lane) for part, lane in prints])) == expected


def test_the_prints_of_a_process_are_matched_with_its_output_alone() -> None:
    """Two processes that print the same are kept apart by who wrote the bytes."""
    outcome = making.outcome((0.1, "stdout", b"a\n"), pid=7)
    other = making.outcome((0.2, "stdout", b"a\n"), pid=8)
    trace = Trace(
        lanes=tuple(Lane(kind="process", name="p", process=number, began_ns=0) for number in (0, 1)),
        prints=(printed("a\n", 1, at_ns=200_000_000), printed("a\n", 0, at_ns=100_000_000)),
        pids={7: 0, 8: 1},
    )
    events, _ = transcribe(msgspec.structs.replace(outcome, chunks=outcome.chunks + other.chunks, trace=trace))
    assert [(found.at_ns, found.lane) for found in events] == [(100_000_000, 0), (200_000_000, 1)]

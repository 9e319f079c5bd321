"""The stages of a build, in their order: load, plan, take, judge, approve, render, look, write."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from asrun import __version__, unchanged
from asrun.claims import Verdict, judge, show_verdict
from asrun.drift import tell_change
from asrun.errors import AsRunError, AuthorError, BuildFailed, Mistake, Place, suggestion
from asrun.load import load_project
from asrun.model import Deck, Project, Scenario, Section, split_run
from asrun.plan import RECORDINGS, Job, Plan, leave_out_missing, make_plan, missing_interpreters, recording_path
from asrun.progress import Progress
from asrun.recording import Recording, RunKey, Unreadable, complaint, decode_recording, encode_recording
from asrun.root import STATE
from asrun.write import make_folder, project_lock, write_file

if TYPE_CHECKING:
    from asrun.render.kept import Kept

HANDOUT = "-handout.html"
"""How the name of a handout ends, after the name of its deck."""

TIMING_ATTEMPTS = 3
"""How often the runs behind a timing claim are taken, in one build, before it fails."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a build was asked for."""

    root: Path
    only: tuple[str, ...] = ()
    """The scenarios to build a deck of; none: every deck, whole."""
    out: Path | None = None
    """Where everything that is made goes instead of the project."""
    jobs: int = 1
    """How many runs may be in flight at once."""
    executor: str = ""
    """Where runs are taken: `dask://HOST:PORT`, or empty for this machine."""


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """What a build made."""

    decks: tuple[Path, ...]
    recorded: tuple[RunKey, ...]
    """The runs whose recordings were taken and approved."""
    claims: int
    """How many claims were judged; all of them hold."""
    unseen: str = ""
    """Why nobody looked whether a slide overflows, where nobody could."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """Recordings with the verdicts on them."""

    recordings: dict[RunKey, Recording]
    taken: frozenset[RunKey]
    """Those that were taken in this build."""
    verdicts: dict[str, tuple[Verdict, ...]]
    """By scenario."""
    complaints: dict[RunKey, str]
    """How runs ended otherwise than declared."""

    @property
    def failing(self) -> tuple[Verdict, ...]:
        """The claims that do not hold."""
        return tuple(verdict for verdicts in self.verdicts.values() for verdict in verdicts if verdict.failed)


def build(settings: Settings, progress: Progress) -> Built:
    """Record what is stale, check every claim, and render. Raises AuthorError and BuildFailed.

    Where it raises, decks and approved recordings are as they were, but for the recordings that hold by themselves.
    """
    before = None if settings.only or settings.out else unchanged.written(settings.root)
    project = load(settings, progress)
    with contextlib.nullcontext() if settings.out else project_lock(settings.root / STATE):
        make_folder((settings.out or settings.root / "slides") / "recordings")
        plan = make_plan(project, settings.root / RECORDINGS, only=_needed(project, settings.only))
        plan = leave_out_missing(project, plan, missing_where_taken(plan, settings))
        judged = record_and_judge(project, plan, settings, progress)
        recorded = approve(judged, settings, progress)
        _raise_failures(project, judged)
        pages = render(project, plan, judged, settings)
        unseen = look(pages, settings, progress)
        for path, page in pages.items():
            write_file(path, page.encode())
        decks = tuple(path for path in pages if not path.name.endswith(HANDOUT))
        claims, absent = _tell_absent(project, judged, progress)
        if before is not None:
            unchanged.remember(
                settings.root,
                settings.root / STATE,
                before,
                notes=(*(warning.show() for warning in project.warnings), *absent),
                pages=tuple(str(path.relative_to(settings.root)) for path in decks),
                claims=claims,
                unseen=unseen,
            )
    return Built(decks=decks, recorded=recorded, claims=claims, unseen=unseen)


def record(settings: Settings, names: Iterable[str], prune: bool, progress: Progress) -> Built:
    """Take runs again, whatever their recordings say, and approve those whose claims hold.

    `names` are scenarios or runs (`chores`, `chores.sync`); none means all. Raises AuthorError and BuildFailed.
    """
    project = load(settings, progress)
    again = find_runs(project, names)
    with project_lock(settings.root / STATE):
        make_folder(settings.root / RECORDINGS)
        plan = make_plan(project, settings.root / RECORDINGS, again=again)
        plan = msgspec.structs.replace(plan, jobs=tuple(job for job in plan.jobs if job.key in again))
        plan = leave_out_missing(project, plan, missing_where_taken(plan, settings))
        earlier = {
            job.key: _approved_before(settings.root / RECORDINGS / recording_path(*job.key)) for job in plan.jobs
        }
        judged = record_and_judge(project, plan, settings, progress)
        recorded = approve(judged, settings, progress)
        for key in recorded:
            run = project.scenarios[key[0]].runs[key[1]]
            progress.note("\n    ".join(tell_change(earlier[key], judged.recordings[key], run)))
        if prune:
            for path in plan.unused:
                (settings.root / RECORDINGS / path).unlink()
                progress.note(f"removed {RECORDINGS / path}: no scenario uses it any more")
        _raise_failures(project, judged)
    return Built(decks=(), recorded=recorded, claims=_tell_absent(project, judged, progress)[0])


def _tell_absent(project: Project, judged: Judged, progress: Progress) -> tuple[int, tuple[str, ...]]:
    """How many claims were judged, and what was told of those about interpreters that are not here."""
    verdicts = [verdict for verdicts in judged.verdicts.values() for verdict in verdicts]
    told = []
    for verdict in verdicts:
        if verdict.absent:
            scenario = project.scenarios[verdict.scenario]
            place = scenario.source.place(*scenario.claim_path(verdict.index))
            told.append(f"{place}: this claim is not judged here: {verdict.absent}")
            progress.note(told[-1])
    return len(verdicts) - len(told), tuple(told)


def _approved_before(path: Path) -> Recording | None:
    try:
        return decode_recording(path.read_bytes())
    except (OSError, Unreadable):
        return None


def load(settings: Settings, progress: Progress) -> Project:
    """The project, with its warnings told. Raises AuthorError for every mistake, an unknown name in `only` too."""
    project = load_project(settings.root)
    for warning in project.warnings:
        progress.note(warning.show())
    _known(settings.only, project.scenarios, "scenario")
    return project


def find_runs(project: Project, names: Iterable[str]) -> frozenset[RunKey]:
    """The runs that names such as `chores` or `chores.sync` mean; all where there are none. Raises AuthorError."""
    everything = [(scenario.name, run) for scenario in project.scenarios.values() for run in scenario.runs]
    known = {f"{scenario}.{run}" for scenario, run in everything} | set(project.scenarios)
    known |= {f"{scenario}.{split_run(run)[0]}" for scenario, run in everything}
    wanted = tuple(names)
    _known(wanted, sorted(known), "scenario or run")
    return frozenset(
        (scenario, run)
        for scenario, run in everything
        if not wanted or not {scenario, f"{scenario}.{run}", f"{scenario}.{split_run(run)[0]}"}.isdisjoint(wanted)
    )


def _known(names: Iterable[str], known: Iterable[str], what: str) -> None:
    allowed = tuple(known)
    mistakes = [
        Mistake(Place("command line", 1, 1), f"there is no {what} {name!r}", name, suggestion(name, allowed))
        for name in names
        if name not in allowed
    ]
    if mistakes:
        raise AuthorError(mistakes)


def _needed(project: Project, only: Collection[str]) -> frozenset[str]:
    """The scenarios in `only`, and those whose runs they use."""
    needed = set(only)
    waiting = list(only)
    while waiting:
        scenario = project.scenarios[waiting.pop()]
        texts = [claim.that for claim in scenario.claims] + [scenario.handout, *scenario.sources]
        texts += [text for slide in scenario.slides for _, text in slide.texts]
        texts += [name for slide in scenario.slides for name in slide.run_names]
        used = {name for name in project.scenarios if any(f"{name}." in text for text in texts)} - needed
        needed |= used
        waiting += used
    return frozenset(needed)


def missing_where_taken(plan: Plan, settings: Settings) -> dict[RunKey, str]:
    """The jobs of a plan whose interpreter is not where they would be taken, with the words for that."""
    if not plan.jobs:
        return {}
    from asrun.takers import open_taker

    with open_taker(settings.executor) as taker:
        return taker.missing(plan)


def record_and_judge(
    project: Project, plan: Plan, settings: Settings, progress: Progress, known: Mapping[RunKey, Job] | None = None
) -> Judged:
    """Take the plan's runs and judge all claims; take those behind a failing timing claim again, up to a limit.

    `known` are further runs that may be taken again: those of the plan's fresh recordings that were taken just before.
    """
    from asrun.comparable import comparable_groups
    from asrun.takers import open_taker

    recordings = dict(plan.fresh)
    jobs = {**(known or {}), **{job.key: job for job in plan.jobs}}
    # By name and not by run: a scenario may have claims alone, over the runs of others.
    scenarios = _needed(project, settings.only) or project.scenarios
    if not jobs:
        return judge_all(project, scenarios, recordings, jobs)
    with open_taker(settings.executor) as taker:
        for job, recording in taker.take_all(comparable_groups(project, plan.jobs), settings.jobs, progress):
            recordings[job.key] = recording
        judged = judge_all(project, scenarios, recordings, jobs)
        for attempt in range(2, TIMING_ATTEMPTS + 1):
            again = worth_another_take(judged, jobs)
            if not again:
                break
            for job in again:
                progress.note(
                    f"a timing claim does not hold: {job} is taken again, alone, attempt {attempt} of {TIMING_ATTEMPTS}"
                )
            for job, recording in taker.take_all(comparable_groups(project, again), 1, progress):
                recordings[job.key] = recording
            judged = judge_all(project, scenarios, recordings, jobs)
    return judged


def judge_all(
    project: Project, scenarios: Collection[str], recordings: Mapping[RunKey, Recording], jobs: Mapping[RunKey, Job]
) -> Judged:
    """The verdicts on the claims of these scenarios; `jobs` are the runs among the recordings that were taken now."""
    missing = {
        (scenario.name, name)
        for scenario in project.scenarios.values()
        for name, run in scenario.runs.items()
        if run.optional and (scenario.name, name) not in recordings
    }
    complaints = {}
    needs = {key: job.cores for key, job in jobs.items() if job.cores is not None}
    for key, job in jobs.items():
        told = complaint(recordings[key], job.run)
        if told:
            complaints[key] = told
    return Judged(
        recordings=dict(recordings),
        taken=frozenset(jobs),
        verdicts={
            scenario.name: tuple(
                verdict
                for verdict in judge(scenario, project, recordings, complaints, needs)
                # Of a run that `record` was not asked for and that has no fresh recording, nothing can be said.
                if verdict.runs.issubset({*recordings, *missing})
            )
            for scenario in project.scenarios.values()
            if scenario.name in scenarios
        },
        complaints=complaints,
    )


def worth_another_take(judged: Judged, jobs: Mapping[RunKey, Job]) -> tuple[Job, ...]:
    """The runs of this build that a failing timing claim speaks of, and that ended as declared.

    Of a run that stayed disturbed there were several takes already; a claim that this machine cannot judge stays open.
    """
    runs = {
        run
        for verdict in judged.failing
        if verdict.timing and not verdict.error and not verdict.unjudged
        for run in verdict.runs
        if run in jobs and run not in judged.complaints and not judged.recordings[run].disturbed
    }
    return tuple(job for key, job in jobs.items() if key in runs)


def approve(judged: Judged, settings: Settings, progress: Progress) -> tuple[RunKey, ...]:
    """Write the recordings that were taken: those that hold to the approved ones, the others to the project's state.

    A recording holds when its run ended as declared and no failing claim speaks of it.
    """
    approved = (settings.out / "recordings") if settings.out else settings.root / RECORDINGS
    held = []
    for key in sorted(judged.taken):
        content = encode_recording(judged.recordings[key])
        doubted = key in judged.complaints or any(key in verdict.runs for verdict in judged.failing)
        waiting = None if settings.out else settings.root / STATE / "takes" / recording_path(*key)
        if not doubted:
            held.append(key)
            write_file(approved / recording_path(*key), content)
            if waiting is not None:
                waiting.unlink(missing_ok=True)
        elif waiting is not None:
            write_file(waiting, content)
            progress.detail(f"{'.'.join(key)}: not approved; `asrun show {'.'.join(key)}` shows what it did")
    return tuple(held)


def place_of_run(scenario: Scenario, run: str) -> Place:
    """Where a scenario says how a run ends, or else what it runs."""
    path = scenario.run_path(run)
    keys = ("raises", "exit", "code", "file", "shell", "command")
    return scenario.source.place(*path, *next(((key,) for key in keys if (*path, key) in scenario.source.marks), ()))


def failures(project: Project, judged: Judged) -> list[str]:
    """What does not hold, each thing in a few lines that begin with the place where it is written."""
    shown = []
    for (owner, run), told in judged.complaints.items():
        scenario = project.scenarios[owner]
        shown.append(f"{place_of_run(scenario, run)}: run {owner}.{run} {told}")
        tail = [event.text.rstrip("\n") for event in judged.recordings[owner, run].events][-8:]
        shown[-1] += "".join(f"\n    | {line[:200]}" for line in tail)
        if any(take.ended.how == "timeout" for take in judged.recordings[owner, run].takes):
            shown[-1] += "\n    `timeout` says how long it may take"
    for verdict in judged.failing:
        if verdict.runs.intersection(judged.complaints):
            continue  # told by what became of its run
        shown.append(show_verdict(verdict, project.scenarios[verdict.scenario]))
        earlier = sorted(".".join(run) for run in verdict.runs - judged.taken)
        if earlier:
            shown[-1] += f"\n    judged on approved recordings; `asrun record {' '.join(earlier)}` takes them again"
    return shown


def _raise_failures(project: Project, judged: Judged) -> None:
    shown = failures(project, judged)
    if shown:
        count = len(shown)
        raise BuildFailed(
            "\n\n".join(shown)
            + f"\n\n{count} thing{'s do' if count != 1 else ' does'} not hold; the deck was left as it was"
        )


def render(project: Project, plan: Plan, judged: Judged, settings: Settings) -> dict[Path, str]:
    """The HTML of each deck and of its handout, by the path that it is to have."""
    pages: dict[Path, str] = {}
    mistakes: list[Mistake] = []
    for make in (render_decks, render_handouts):
        try:
            pages |= make(project, plan, judged, settings)
        except AuthorError as error:
            mistakes += error.mistakes
    if mistakes:
        raise AuthorError(dict.fromkeys(mistakes))
    return pages


def render_decks(
    project: Project, plan: Plan, judged: Judged, settings: Settings, kept: Mapping[str, Kept[Any]] | None = None
) -> dict[Path, str]:
    """The HTML of each deck; `kept` are the slides of an earlier rendering, by the name of the deck."""
    from asrun.render import render_deck

    return _render(
        ".html",
        lambda deck, *made, **more: render_deck(deck, *made, **more, kept=None if kept is None else kept[deck.name]),
        project,
        plan,
        judged,
        settings,
    )


def render_handouts(project: Project, plan: Plan, judged: Judged, settings: Settings) -> dict[Path, str]:
    """The HTML of each deck's handout."""
    from asrun.render import render_handout

    return _render(HANDOUT, render_handout, project, plan, judged, settings)


def _render(
    ending: str, make: Callable[..., str], project: Project, plan: Plan, judged: Judged, settings: Settings
) -> dict[Path, str]:
    from asrun.assets import templates_folder

    folders = [folder for folder in (settings.root / "templates", templates_folder()) if folder.is_dir()]
    folder = settings.out or settings.root / "slides"
    codes = {key: inputs.code for key, inputs in plan.inputs.items()}
    pages = {}
    mistakes: list[Mistake] = []
    for deck in _decks(project, settings.only):
        try:
            pages[folder / f"{deck.name}{ending}"] = make(
                deck,
                project,
                judged.recordings,
                codes,
                judged.verdicts,
                templates=folders,
                version=__version__,
            )
        except AuthorError as error:
            mistakes += error.mistakes
    if mistakes:
        raise AuthorError(dict.fromkeys(mistakes))
    return pages


def _decks(project: Project, only: tuple[str, ...]) -> list[Deck]:
    """The project's decks; with `only`, one for each that has some of those scenarios, under a name of its own."""
    decks = []
    for deck in project.decks.values():
        if not only:
            decks.append(deck)
            continue
        kept = [
            msgspec.structs.replace(section, scenarios=tuple(name for name in section.scenarios if name in only))
            for section in deck.sections
        ]
        sections: tuple[Section, ...] = tuple(section for section in kept if section.scenarios)
        if sections:
            decks.append(msgspec.structs.replace(deck, name=f"{deck.name}-only", sections=sections))
    return decks


def look(pages: Mapping[Path, str], settings: Settings, progress: Progress) -> str:
    """Look for slides that overflow; the reason where nobody could look. Raises BuildFailed where one does."""
    from asrun.chromium import find_chromium
    from asrun.overflow import CannotLook, overflows_of

    chromium = find_chromium()
    if chromium is None:
        return "no Chromium was found"
    cache = None if settings.out else settings.root / STATE / "overflow"
    shown = []
    for path, page in pages.items():
        progress.detail(f"looking for slides of {path.name} that overflow")
        try:
            shown += [f"{found.place}: {found.slide}: {found.message}" for found in overflows_of(page, cache, chromium)]
        except CannotLook as reason:
            return str(reason)
    if shown:
        raise BuildFailed("\n".join(shown) + "\n\nslides overflow; the deck was left as it was")
    return ""


def approved_pages(settings: Settings, decks: Collection[str], progress: Progress) -> dict[Path, str]:
    """The HTML of these decks and of their handouts, or of all, as a build would write it, without running anything.

    Raises AuthorError for a deck that is not there, BuildFailed where a recording is stale or a claim does not hold.
    """
    project = load(settings, progress)
    _known(decks, project.decks, "deck")
    plan = make_plan(project, settings.root / RECORDINGS)
    plan = leave_out_missing(project, plan, missing_interpreters(plan))
    if plan.jobs:
        stale = "".join(f"\n    {job}: {job.reason}" for job in plan.jobs)
        raise BuildFailed(f"recordings are stale; `asrun build` takes them:{stale}")
    judged = judge_all(project, project.scenarios, plan.fresh, {})
    _raise_failures(project, judged)
    wanted = {name: deck for name, deck in project.decks.items() if name in decks or not decks}
    return render(msgspec.structs.replace(project, decks=wanted), plan, judged, settings)


def status(root: Path) -> tuple[Project, Plan, dict[RunKey, str]]:
    """The project, what a build of it would take, and for which of that the interpreter is not here, in words.

    Raises AuthorError.
    """
    project = load_project(root)
    plan = make_plan(project, root / RECORDINGS)
    return project, plan, missing_interpreters(plan)


def find_recordings(root: Path, names: Iterable[str]) -> dict[RunKey, tuple[Recording, bool]]:
    """The recordings of runs, each with whether it is approved; a newer take that was not approved comes first.

    Raises AuthorError for unknown names, AsRunError for a run that was never recorded.
    """
    project = load_project(root)
    wanted = find_runs(project, names)
    found: dict[RunKey, tuple[Recording, bool]] = {}
    for scenario in project.scenarios.values():
        for name, run in scenario.runs.items():
            key = (scenario.name, name)
            if key not in wanted:
                continue
            for folder, approved in ((root / STATE / "takes", False), (root / RECORDINGS, True)):
                try:
                    found[key] = decode_recording((folder / recording_path(*key)).read_bytes()), approved
                    break
                except FileNotFoundError:
                    continue
                except Unreadable as error:
                    file = (folder / recording_path(*key)).relative_to(root).as_posix()
                    raise AuthorError([Mistake(Place(file, 1, 1), str(error))]) from error
            else:
                if run.optional and len(wanted) > 1:
                    continue
                raise NeverRecorded(f"{'.'.join(key)} was never recorded: `asrun record {'.'.join(key)}` does it")
    return found


class NeverRecorded(AsRunError):
    """A recording was asked for that does not exist."""

    exit_code = 1

"""Who takes runs: this machine, or a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, Self

from asrun.execute.runner import Executor
from asrun.plan import Job, Plan, missing_interpreters
from asrun.progress import Progress
from asrun.recording import Recording, RunKey
from asrun.take import take_all


class Taker(Protocol):
    """What takes runs. To be used in a `with` statement."""

    def __enter__(self) -> Self:
        """Itself."""

    def __exit__(self, *_: object) -> None:
        """End whatever is still in flight."""

    def missing(self, plan: Plan) -> dict[RunKey, str]:
        """The jobs of a plan whose interpreter is not there, with the words for that."""

    def take_all(
        self, groups: Sequence[Sequence[Job]], at_once: int, progress: Progress
    ) -> Iterator[tuple[Job, Recording]]:
        """Take groups of runs, those of a group on one machine, at most `at_once` at a time, in any order.

        Interrupted, it ends those in flight at once.
        """


class LocalTaker:
    """This machine."""

    def __init__(self) -> None:
        self._executor = Executor()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.close()

    def missing(self, plan: Plan) -> dict[RunKey, str]:
        """The jobs of a plan whose interpreter is not here, with the words for that."""
        return missing_interpreters(plan)

    def take_all(
        self, groups: Sequence[Sequence[Job]], at_once: int, progress: Progress
    ) -> Iterator[tuple[Job, Recording]]:
        """Take runs side by side as far as there are cores for them."""
        return take_all([job for group in groups for job in group], self._executor, at_once, progress)


def open_taker(address: str = "") -> Taker:
    """What takes the runs of a build: the cluster at `dask://HOST:PORT`, or this machine. Raises NoCluster."""
    if not address:
        return LocalTaker()
    from asrun.cluster import Cluster

    return Cluster(address)

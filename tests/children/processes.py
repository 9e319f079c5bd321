"""Starts a process by each of multiprocessing's methods; each prints a line and says what it finds of a profiler."""

import multiprocessing
import sys


def work(method):
    print(method, multiprocessing.current_process().name, sys.getprofile(), sys.stdout.line_buffering)


if __name__ == "__main__":
    print("main", sys.getprofile(), sys.stdout.line_buffering)
    for method in ("fork", "spawn", "forkserver"):
        process = multiprocessing.get_context(method).Process(target=work, args=(method,), name="worker")
        process.start()
        process.join()

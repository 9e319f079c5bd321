"""Leaves a process that escapes by forking: every two milliseconds the child lives on and the parent ends."""

import os
import time

if os.fork() == 0:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        time.sleep(0.002)
        if os.fork():
            os._exit(0)
        os.setsid()
    os._exit(0)
time.sleep(0.1)
print("done")

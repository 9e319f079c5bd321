"""Leaves a grandchild in a session of its own that holds the streams and goes on printing."""

import os
import time

if os.fork() == 0:
    os.setsid()
    for number in range(10_000):
        os.write(1, b"tick\n")
        time.sleep(0.01)
    os._exit(0)
time.sleep(0.2)
print("done")

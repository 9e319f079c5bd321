"""Prints its own clock, then waits 0.2 s, prints it again, waits 0.4 s, and prints it a last time."""

import time

print(time.monotonic_ns())
time.sleep(0.2)
print(time.monotonic_ns())
time.sleep(0.4)
print(time.monotonic_ns())

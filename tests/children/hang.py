"""Prints a line and never ends."""

import time

print("hanging")
while True:
    time.sleep(60)

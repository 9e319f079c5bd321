"""Ignores every signal that can be ignored, and so does its child."""

import os
import signal
import time

for number in range(1, 32):
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        pass
os.fork()
print("deaf")
while True:
    time.sleep(60)

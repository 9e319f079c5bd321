"""Kills the process that started it, starts another in a session of its own, and stays."""

import os
import signal
import time

os.kill(os.getppid(), signal.SIGKILL)
if os.fork() == 0:
    os.setsid()
time.sleep(600)

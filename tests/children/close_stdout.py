"""Closes both of its streams, lives on for a while, and ends with 5."""

import os
import time

print("before")
os.close(1)
os.close(2)
time.sleep(0.5)
os._exit(5)

"""Every process forks again and again; never more than 400 forks in all, in case nobody stops it."""

import mmap
import os
import time

forks = mmap.mmap(-1, 4096)
give_up = time.monotonic() + 20
while time.monotonic() < give_up:
    made = int.from_bytes(forks[:4], "big")
    if made < 400:
        forks[:4] = (made + 1).to_bytes(4, "big")
        os.fork()
    time.sleep(0.01)

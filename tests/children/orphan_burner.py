"""An orphan uses half a second of processor time while its parent's parent waits, using none."""

import os
import time

read, write = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        while time.process_time() < 0.5:
            pass
        os.write(write, b"!")
    os._exit(0)
os.wait()
os.close(write)
os.read(read, 1)
time.sleep(0.05)

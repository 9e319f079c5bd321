"""Touches 200 MB in a child, and little itself."""

import os

if os.fork() == 0:
    memory = bytearray(200_000_000)
    for page in range(0, len(memory), 4096):
        memory[page] = 1
    os._exit(0)
os.wait()

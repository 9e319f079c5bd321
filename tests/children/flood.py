"""Writes a gibibyte."""

import os

block = b"flood" * 13107 + b"\n"
for _ in range(1 << 14):
    written = 0
    while written < len(block):
        written += os.write(1, block[written:])

"""Writes every byte there is, the UTF-8 form of a lone surrogate, half a character, and control characters."""

import os

os.write(1, bytes(range(256)))
os.write(1, b"\xed\xa0\x80 \xe2\x82")
os.write(2, b"\x1b[2J\x1b]0;title\x07\r\x00\x7f")

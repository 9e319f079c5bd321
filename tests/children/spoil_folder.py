"""Makes its folder hard to remove: deep, full of links, names that are no text, and without permissions."""

import os
import sys

os.mkdir("empty")
os.symlink("/", "root")
os.symlink("nowhere", "dangling")
open(b"\xff\xfe", "w").close()
start = os.getcwd()
for _ in range(40):
    os.mkdir("deeper" * 40)
    os.chdir("deeper" * 40)
open("deepest", "w").close()
os.chdir(start)
os.makedirs("closed/inner")
open("closed/inner/file", "w").close()
os.chmod("closed/inner", 0)
os.chmod("closed", 0o500)
os.mkdir("../closed")
os.chmod("../closed", 0)
os.chmod(".", 0)
os.chmod("..", 0)

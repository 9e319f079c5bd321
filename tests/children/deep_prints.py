"""Prints at each call of a function that calls itself without an end; once the error is caught, once it is not."""

import sys


def deeper(depth):
    print(depth)
    deeper(depth + 1)


sys.setrecursionlimit(200)
try:
    deeper(0)
except RecursionError as error:
    print("caught", error)
deeper(0)

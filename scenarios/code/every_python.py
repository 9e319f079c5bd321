import sys
from concurrent.futures import ThreadPoolExecutor

def add_squares(name):
    return sum(n*n for n in range(10_000_000))

gil = getattr(sys, "_is_gil_enabled", lambda: True)()
print("The GIL is", "on." if gil else "off.")
print("A thread is asked for it after", sys.getswitchinterval(), "s.")

with ThreadPoolExecutor(2) as pool:
    pool.submit(add_squares, "A")
    pool.submit(add_squares, "B")

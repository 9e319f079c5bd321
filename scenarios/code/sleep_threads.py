import time
from concurrent.futures import ThreadPoolExecutor

def sleep(name):
    print(f"{name} starts.")
    time.sleep(2)
    print(f"{name} is done.")

with ThreadPoolExecutor(2) as pool:
    pool.submit(sleep, "A")
    pool.submit(sleep, "B")

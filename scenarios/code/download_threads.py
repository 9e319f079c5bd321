import time
from concurrent.futures import ThreadPoolExecutor

def download(name):
    print(f"{name} starts.")
    time.sleep(1)
    print(f"{name} is done.")

if __name__ == "__main__":
    with ThreadPoolExecutor(2) as pool:
        pool.submit(download, "A")
        pool.submit(download, "B")

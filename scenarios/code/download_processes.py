import time
from concurrent.futures import ProcessPoolExecutor

def download(name):
    print(f"{name} starts.")
    time.sleep(1)
    print(f"{name} is done.")

if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        pool.submit(download, "A")
        pool.submit(download, "B")

import time
from threading import Thread

def download():
    time.sleep(1)

threads = [Thread(target=download) for _ in range(1000)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("A thousand downloads.")

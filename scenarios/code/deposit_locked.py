# hide
import time
from threading import Lock, Thread

# show
balance = 0
lock = Lock()

def deposit(name):
    global balance
    with lock:
        seen = balance
        print(f"{name} reads {seen}.")
        time.sleep(0.5)
        balance = seen + 100
        print(f"{name} writes {balance}.")

a = Thread(target=deposit, args=["A"])
b = Thread(target=deposit, args=["B"])
a.start(); b.start()
a.join(); b.join()
print(f"Balance: {balance}")

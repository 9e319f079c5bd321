# hide
import time
from threading import Thread

# show
balance = 0

def deposit(name):
    global balance
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

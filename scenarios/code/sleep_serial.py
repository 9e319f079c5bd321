import time

def sleep(name):
    print(f"{name} starts.")
    time.sleep(2)
    print(f"{name} is done.")

sleep("A")
sleep("B")

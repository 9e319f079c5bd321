import time

def sleep(name):
    print(f"{name} starts.")
    time.sleep(2)
    print(f"{name} is done.")

for name in ["A", "B"]:
    sleep(name)

import time


def make(what, seconds):
    time.sleep(seconds)
    print(f"{what} is ready")


make("toast", 0.5)
make("tea", 0.4)

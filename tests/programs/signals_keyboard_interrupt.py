import os, signal
def work():
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        pass
work()

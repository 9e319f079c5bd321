import signal, sys, traceback
class TooLong(Exception):
    pass
def handler(number, frame):
    raise TooLong
signal.signal(signal.SIGALRM, handler)
for _ in range(20):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001)
        while True:
            sys.stdout.write("")
    except TooLong as error:
        frames = traceback.extract_tb(error.__traceback__)
        print(frames[0].name, frames[-1].name, error.__context__)

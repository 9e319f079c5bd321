import os, signal, time
def handler(number, frame):
    print("signal", number, "at line", frame.f_lineno, "in", frame.f_code.co_name)
signal.signal(signal.SIGUSR1, handler)
def work():
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(0.03)
signal.signal(signal.SIGALRM, handler)
work()

import os, signal, time
seen = []
def handler(number, frame):
    seen.append(frame.f_code.co_name)
    print("signal", number, "at line", frame.f_lineno, "in", frame.f_code.co_name)
signal.signal(signal.SIGUSR1, handler)
def work():
    os.kill(os.getpid(), signal.SIGUSR1); time.sleep(0)
def wait():
    signal.setitimer(signal.ITIMER_REAL, 0.01); time.sleep(0.1)
signal.signal(signal.SIGALRM, handler)
work()
wait()

import sys, threading, time
over = []
def sleeper():
    while not over: time.sleep(0.01)
thread = threading.Thread(target=sleeper)
thread.start()
while True:
    frame = sys._current_frames()[thread.ident]
    if (frame.f_code.co_name, frame.f_lineno) == ("sleeper", 4):
        break
    time.sleep(0.001)
names = []
while frame:
    names.append((frame.f_code.co_name, frame.f_lineno))
    frame = frame.f_back
print([name for name in names if name[0] in ("sleeper", "<module>") or "run" in name[0] or "boot" in name[0]], len(names))
over.append(True)
thread.join()

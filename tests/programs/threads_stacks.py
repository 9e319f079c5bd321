import faulthandler, sys, threading, time
def sleeper():
    time.sleep(0.05)
thread = threading.Thread(target=sleeper)
thread.start()
time.sleep(0.01)
frame = sys._current_frames()[thread.ident]
names = []
while frame:
    names.append((frame.f_code.co_name, frame.f_lineno))
    frame = frame.f_back
print([name for name in names if name[0] in ("sleeper", "<module>") or "run" in name[0] or "boot" in name[0]], len(names))
thread.join()

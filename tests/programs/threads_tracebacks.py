import queue, threading, traceback
for wrong in (lambda: queue.Queue().get(timeout=0.001), lambda: threading.Condition().wait(), lambda: threading.current_thread().join()):
    try:
        wrong()
    except Exception:
        traceback.print_exc()

import threading, traceback
def hook(arguments):
    print(arguments.exc_type.__name__, arguments.thread.name, [frame.name for frame in traceback.extract_tb(arguments.exc_traceback)])
threading.excepthook = hook
thread = threading.Thread(target=lambda: 1 / 0, name="fails")
thread.start()
thread.join()

import threading
def work():
    raise OSError("in a thread")
thread = threading.Thread(target=work, name="fails")
thread.start()
thread.join()
print("main goes on")

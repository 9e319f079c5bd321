import threading, time
def work(name, seconds):
    time.sleep(seconds)
    print(name, threading.current_thread().name)
threads = [threading.Thread(target=work, args=(name, seconds), name="thread " + name) for name, seconds in (("a", 0.02), ("b", 0.01))]
for thread in threads:
    thread.start()
print(len(threading.enumerate()), threading.active_count())
for thread in threads:
    thread.join()
print([thread.name for thread in threading.enumerate()])

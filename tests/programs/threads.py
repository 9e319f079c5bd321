import threading
def work(name, before, after):
    before.wait()
    print(name, threading.current_thread().name)
    after.set()
first, second, third = threading.Event(), threading.Event(), threading.Event()
threads = [
    threading.Thread(target=work, args=("a", second, third), name="thread a"),
    threading.Thread(target=work, args=("b", first, second), name="thread b"),
]
for thread in threads:
    thread.start()
print(len(threading.enumerate()), threading.active_count())
first.set()
for thread in threads:
    thread.join()
print([thread.name for thread in threading.enumerate()])

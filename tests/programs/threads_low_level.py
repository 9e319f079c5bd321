import _thread, time
lock = _thread.allocate_lock()
lock.acquire()
def work():
    print("without threading")
    lock.release()
_thread.start_new_thread(work, ())
lock.acquire()
time.sleep(0.005)

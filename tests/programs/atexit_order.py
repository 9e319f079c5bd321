import atexit, sys, threading
class Last:
    def __del__(self):
        sys.stderr.write("deleted\n")
last = Last()
atexit.register(print, "registered first")
atexit.register(print, "registered second")
class Fails:
    def __repr__(self):
        return "fails"
    def __call__(self):
        1 / 0
atexit.register(Fails())
def ends_last():
    threading.main_thread().join()
    print("thread")
threading.Thread(target=ends_last).start()
print("end of main")

import sys, traceback
def hook(kind, value, tb):
    print("hook", kind.__name__, [frame.lineno for frame in traceback.extract_tb(tb)])
sys.excepthook = hook
class Bad:
    def __del__(self):
        raise TypeError("in __del__")
sys.unraisablehook = lambda unraisable: print("unraisable", unraisable.exc_value)
Bad()
print(undefined)

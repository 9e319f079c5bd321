import __main__, inspect, pickle, sys
class Thing:
    def __init__(self):
        self.value = 3
print(pickle.loads(pickle.dumps(Thing())).value, __main__ is sys.modules["__main__"])
print(sorted(name for name in vars(__main__) if name.startswith("__")), __name__, __spec__, __doc__)
print(inspect.getsource(Thing).count("\n"), [frame.function for frame in inspect.stack()])
sys.modules["__main__"] = None
print("still here")

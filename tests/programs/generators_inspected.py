import inspect, sys, types
def outer():
    frame = sys._getframe()
    print(frame.f_back.f_code.co_name, [entry.function for entry in inspect.stack()])
    received = yield 1
    print(received, made.gi_running, inspect.getgeneratorstate(made))
    yield from inner()
def inner():
    print([entry.function for entry in inspect.stack()])
    yield 2
made = outer()
print(type(made) is types.GeneratorType, inspect.getgeneratorstate(made), made.gi_frame.f_lineno)
next(made)
print(made.gi_frame.f_lineno, made.gi_frame.f_back, inspect.getgeneratorlocals(made).keys(), made.gi_yieldfrom)
made.send("sent")
print(made.gi_frame.f_lineno, made.gi_yieldfrom.gi_frame.f_lineno, inspect.getgeneratorstate(made))
print(list(made), made.gi_frame, inspect.getgeneratorstate(made))
print(made.__name__, made.__qualname__, outer.__code__ is made.gi_code, sys.gettrace(), sys.getprofile(), sys.gettrace)

import sys
events = []
def tracer(frame, event, argument):
    if frame.f_code.co_filename.endswith("generators_traced.py"):
        events.append((event, frame.f_lineno, frame.f_code.co_name))
        return tracer
def numbers():
    yield 1
    yield 2
print(sys.gettrace(), sys.getprofile())
begun = numbers()
next(begun)
sys.settrace(tracer)
print(list(numbers()))
sys.settrace(None)
def profiler(frame, event, argument):
    if frame.f_code.co_filename.endswith("generators_traced.py"):
        events.append((event, frame.f_code.co_name))
sys.setprofile(profiler)
print(list(numbers()))
sys.setprofile(None)
print(events, sys.gettrace())
print(list(begun))

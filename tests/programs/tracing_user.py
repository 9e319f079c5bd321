import sys
events = []
def tracer(frame, event, argument):
    if frame.f_code.co_filename.endswith("tracing_user.py"):
        events.append((event, frame.f_lineno))
        return tracer
def work():
    value = 1
    return value
sys.settrace(tracer)
work()
sys.settrace(None)
print(events)

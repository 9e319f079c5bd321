import gc, weakref
class Thing:
    def __del__(self):
        print("thing gone")
def holds():
    thing = Thing()
    try:
        yield 1
    finally:
        print("closed")
def plain():
    thing = Thing()
    yield 1
    yield 2
for make in (holds, plain):
    for value in make():
        break
    print("after the loop")
    made = make()
    reference = weakref.ref(made, lambda _: print("generator gone"))
    next(made)
    del made
    print(reference())
    cycle = make()
    next(cycle)
    cycle_holder = [cycle]
    cycle_holder.append(cycle_holder)
    del cycle, cycle_holder
    print(gc.collect() > 0)
for number in range(50):
    made = plain()
    next(made)
kept = holds()
next(kept)
print("end")

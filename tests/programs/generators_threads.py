import contextlib, threading, itertools, functools
def numbers(name):
    for number in itertools.count():
        yield name, number
@contextlib.contextmanager
def managed():
    print("enter")
    try:
        yield threading.current_thread().name
    finally:
        print("leave")
shared = numbers("shared")
next(shared)
def work():
    with managed() as name:
        print(name, next(shared), list(itertools.islice(numbers(name), 3)))
for index in range(3):
    thread = threading.Thread(target=work, name="thread %d" % index)
    thread.start()
    thread.join()
try:
    with managed():
        1 / 0
except ZeroDivisionError as error:
    print(error)
def tree(depth):
    if depth:
        yield from tree(depth - 1)
        yield depth
        yield from tree(depth - 1)
print(functools.reduce(lambda total, value: total * 3 + value, tree(6)))
a, *rest = (value for value in tree(2))
print(a, rest, sorted(tree(2)), dict.fromkeys(tree(3)), max(tree(3)))

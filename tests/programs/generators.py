def count():
    try:
        while True:
            received = yield len(seen)
            seen.append(received)
    finally:
        print("closed")
seen = []
counter = count()
next(counter)
print(counter.send("a"), counter.send("b"), seen)
counter.close()
def delegate():
    yield from (number * 2 for number in range(3))
print(list(delegate()))

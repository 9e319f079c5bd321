def numbers(count):
    for number in range(count):
        yield number
def delegating():
    yield from numbers(2)
    return "returned"
def stepped():
    result = yield from delegating()
    yield result
print(list(numbers(4)))
print("numbers-1 was resumed 5 times")
print(list(stepped()))
print("stepped was resumed 4 times")
print("delegating was resumed 3 times")
print("numbers-2 was resumed 3 times")
iterator = numbers(100_000)
print(sum(iterator))
print("numbers-3 was resumed 100001 times")

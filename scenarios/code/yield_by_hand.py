def yield_test():
    print("This is the beginning of yield_test().")
    yield 1
    print("This is the end of yield_test().")
    yield 2

items = yield_test()
print("Called:", type(items))
print("Generated value:", next(items))
print("Generated value:", next(items))

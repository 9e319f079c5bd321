def yield_test():
    print("This is the beginning of yield_test().")
    yield 1
    print("This is the end of yield_test().")
    yield 2

for generated_item in yield_test():
    print("Generated value: {}".format(generated_item))

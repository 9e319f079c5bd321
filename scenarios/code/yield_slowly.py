import time

def yield_test():
    print("This is the beginning of yield_test().")
    time.sleep(0.5)
    yield 1
    print("This is the end of yield_test().")
    time.sleep(0.5)
    yield 2

for item in yield_test():
    print("Generated value:", item)
    time.sleep(0.5)

import concurrent.futures, time
def square(number):
    time.sleep(0.002)
    return number * number
def fails():
    raise LookupError("in a pool")
with concurrent.futures.ThreadPoolExecutor(3, thread_name_prefix="pool") as pool:
    print(list(pool.map(square, range(6))))
    future = pool.submit(fails)
    print(repr(future.exception()))
    for done in concurrent.futures.as_completed([pool.submit(square, 3)]):
        print(done.result())
    future.result()

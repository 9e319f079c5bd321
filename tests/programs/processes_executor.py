import concurrent.futures, time
def square(number):
    return number * number
def fails(number):
    raise ValueError("in a process")
if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        print(list(pool.map(square, range(8))))
        print(pool.submit(time.sleep, 0.001).result())
        future = pool.submit(fails, 1)
        concurrent.futures.wait([future])
        future.result()

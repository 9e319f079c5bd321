import multiprocessing, time
def square(number):
    return number * number
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(square, range(10)))
        print(pool.apply_async(square, (12,)).get())
        pool.map(time.sleep, [0.001, 0.001])
        try:
            pool.apply(square, ("text",))
        except TypeError as error:
            print(error)

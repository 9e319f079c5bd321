from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

if __name__ == "__main__":
    for Pool in ThreadPoolExecutor, ProcessPoolExecutor:
        with Pool() as pool:
            future = pool.submit(lambda: 42)
            print(Pool.__name__, "->", future.exception() and type(future.exception()).__name__ or future.result())

from concurrent.futures import ThreadPoolExecutor

def add_squares(name):
    print(f"{name} starts.")
    sum(n * n for n in range(40_000_000))
    print(f"{name} is done.")

if __name__ == "__main__":
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add_squares, ["A", "B"]))

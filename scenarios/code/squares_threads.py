# hide
from concurrent.futures import ThreadPoolExecutor

# show
def add_squares(name):
    print(f"{name} starts.")
    sum(n*n for n in range(20_000_000))
    print(f"{name} is done.")

if __name__ == "__main__":
    with ThreadPoolExecutor(2) as pool:
        pool.submit(add_squares, "A")
        pool.submit(add_squares, "B")

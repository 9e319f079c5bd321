import sys
from concurrent.futures import ProcessPoolExecutor

def add_squares(name):
    sum(n*n for n in range(8_000_000))

if __name__ == "__main__":
    add_squares("first")  # nothing else can begin before it
    print("The serial part is done.")
    with ProcessPoolExecutor(int(sys.argv[1])) as pool:
        pool.submit(add_squares, "A")
        pool.submit(add_squares, "B")

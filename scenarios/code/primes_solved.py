from concurrent.futures import ProcessPoolExecutor

def count_primes(start, stop):
    return sum(all(n % d for d in range(2, int(n**0.5) + 1))
               for n in range(start, stop))

if __name__ == "__main__":
    starts = range(100_000, 500_000, 100_000)
    stops = [start + 40_000 for start in starts]
    with ProcessPoolExecutor() as pool:
        total = sum(pool.map(count_primes, starts, stops))
    print(total, "primes")

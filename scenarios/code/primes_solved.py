"""It computes, so it needs processes. `map` takes a list for each argument and yields results in order.

Later ranges take longer than earlier ones: with more and smaller pieces, all cores would be busy to the end.
"""

from concurrent.futures import ProcessPoolExecutor

def is_prime(n):
    divisors = range(2, int(n**0.5) + 1)
    return all(n % d for d in divisors)

def count_primes(start, stop):
    numbers = range(start, stop)
    return sum(map(is_prime, numbers))

if __name__ == "__main__":
    starts = [n * 100_000 for n in range(1, 5)]
    stops = [start + 40_000 for start in starts]
    with ProcessPoolExecutor() as pool:
        total = sum(pool.map(count_primes, starts, stops))
    print(total, "primes")

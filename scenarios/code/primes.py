def is_prime(n):
    divisors = range(2, int(n**0.5) + 1)
    return all(n % d for d in divisors)

def count_primes(start, stop):
    numbers = range(start, stop)
    return sum(map(is_prime, numbers))

total = 0
for n in range(1, 5):
    start = n * 100_000
    stop = start + 40_000
    total += count_primes(start, stop)
print(total, "primes")

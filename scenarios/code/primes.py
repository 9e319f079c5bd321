def count_primes(start, stop):
    return sum(all(n % d for d in range(2, int(n**0.5) + 1))
               for n in range(start, stop))

total = 0
for start in range(100_000, 500_000, 100_000):
    total += count_primes(start, start + 40_000)
print(total, "primes")

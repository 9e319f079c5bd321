import decimal, fractions, time, unittest.mock
for seconds in (0, 0.0, True, fractions.Fraction(0), decimal.Decimal(0)):
    print(seconds, time.sleep(seconds))
with unittest.mock.patch("time.sleep") as sleep:
    time.sleep(100)
    print(sleep.call_args)
with unittest.mock.patch("builtins.print") as fake:
    print("hidden")
print(fake.call_count)

for number in range(3000):
    print("line", number, "x" * 60)
print("y" * 200_000)

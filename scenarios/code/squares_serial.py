def add_squares(name):
    print(f"{name} starts.")
    sum(n*n for n in range(20_000_000))
    print(f"{name} is done.")

if __name__ == "__main__":
    add_squares("A")
    add_squares("B")

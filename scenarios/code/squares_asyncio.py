import asyncio

async def add_squares(name):
    print(f"{name} starts.")
    sum(n*n for n in range(20_000_000))
    print(f"{name} is done.")

async def main():
    await asyncio.gather(add_squares("A"), add_squares("B"))

asyncio.run(main())

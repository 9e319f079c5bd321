import asyncio

balance = 0

async def deposit(name):
    global balance
    seen = balance
    print(f"{name} reads {seen}.")
    await asyncio.sleep(0.5)
    balance = seen + 100

async def main():
    await asyncio.gather(
        deposit("A"), deposit("B"))

asyncio.run(main())
print(f"Balance: {balance}")

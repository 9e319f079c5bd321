# hide
import asyncio

balance = 0

# show
async def deposit(name):
    global balance
    seen = balance
    print(f"{name} reads {seen}.")
    balance = seen + 100
    await asyncio.sleep(0.5)

# hide
async def main():
    await asyncio.gather(deposit("A"), deposit("B"))

asyncio.run(main())
print(f"Balance: {balance}")

"""Reading and writing belong together, with the lock held across the `await`.

A `threading.Lock` would hang: the second task would block the thread in which the first has to run to release it.
"""

import asyncio

balance = 0

async def deposit(name, lock):
    global balance
    async with lock:
        seen = balance
        print(f"{name} reads {seen}.")
        await asyncio.sleep(0.5)
        balance = seen + 100

async def main():
    lock = asyncio.Lock()
    await asyncio.gather(deposit("A", lock), deposit("B", lock))

asyncio.run(main())
print(f"Balance: {balance}")

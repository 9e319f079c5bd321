"""Each is a task of the group, and leaving the group waits for all of them: `Breakfast!` comes last.

It takes as long as the coffee. `gather` would do as well.
"""

import asyncio

async def make_coffee():
    await asyncio.sleep(0.8)
    print("Coffee is ready.")

async def fry_eggs():
    await asyncio.sleep(0.6)
    print("Eggs are ready.")

async def make_toast():
    await asyncio.sleep(0.4)
    print("Toast is ready.")

async def main():
    async with asyncio.TaskGroup() as group:
        group.create_task(make_coffee())
        group.create_task(fry_eggs())
        group.create_task(make_toast())
    print("Breakfast!")

asyncio.run(main())

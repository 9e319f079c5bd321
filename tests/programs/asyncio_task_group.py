# python 3.11
import asyncio
async def work(number):
    await asyncio.sleep(number / 100)
    if number == 3:
        raise ValueError(number)
    print(number)
async def main():
    async with asyncio.TaskGroup() as group:
        for number in (1, 3, 900):
            group.create_task(work(number))
asyncio.run(main())

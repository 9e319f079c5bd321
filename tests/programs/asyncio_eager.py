# python 3.12
import asyncio
async def at_once():
    return 1
async def later():
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return 2
async def main():
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    first = asyncio.create_task(at_once(), name="eager")
    second = asyncio.create_task(later(), name="later")
    print(first.done(), second.done())
    print(await first, await second)
    print("eager took 1 steps")
    print("later took 3 steps")
asyncio.run(main())

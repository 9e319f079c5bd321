import asyncio, contextlib
async def ticks(count):
    try:
        for number in range(count):
            await asyncio.sleep(0.001)
            print("tick", number)
            yield number
    finally:
        print("closed")
@contextlib.asynccontextmanager
async def opened():
    yield "open"
async def failing():
    yield 1
    await asyncio.sleep(0)
    raise ValueError("inside")
async def main():
    async for number in ticks(2):
        print("number", number)
    print(await asyncio.gather(*(anext_of(ticks(3)) for _ in range(2))))
    async with opened() as value:
        print(value)
    made = ticks(5)
    print(await made.asend(None))
    await made.aclose()
    slow = ticks(1)
    task = asyncio.get_running_loop().create_task(anext_of(slow))
    await asyncio.sleep(0)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))
    async for number in failing():
        print(number)
async def anext_of(made):
    return await made.__anext__()
asyncio.run(main())

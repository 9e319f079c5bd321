import asyncio
async def stubborn():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        print("cancelled")
        await asyncio.sleep(0)
        raise
async def main():
    task = asyncio.create_task(stubborn())
    task.set_name("stubborn")
    asyncio.get_running_loop().call_later(0.005, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        print("stubborn took 3 steps", task.cancelled())
    early = asyncio.create_task(stubborn())
    early.cancel()
    print(await asyncio.gather(early, return_exceptions=True))
asyncio.run(main())

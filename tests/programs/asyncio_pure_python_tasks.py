import asyncio, asyncio.tasks
async def work():
    for _ in range(3):
        await asyncio.sleep(0)
    await asyncio.sleep(0.001)
async def main():
    loop = asyncio.get_running_loop()
    task = asyncio.tasks._PyTask(work(), loop=loop, name="pure")
    await task
    print("pure took 5 steps")
asyncio.run(main())

import asyncio
async def main():
    lock, event, semaphore, condition = asyncio.Lock(), asyncio.Event(), asyncio.Semaphore(1), asyncio.Condition()
    arrived, waiting = [], []
    async def use(name):
        async with lock:
            print(name, "has the lock")
            await asyncio.sleep(0.001)
        async with semaphore:
            await asyncio.sleep(0)
        arrived.append(name)
        await event.wait()
        async with condition:
            waiting.append(name)
            await condition.wait()
            print(name, "goes on")
    tasks = [asyncio.get_running_loop().create_task(use(name)) for name in "ab"]
    while len(arrived) < 2:
        await asyncio.sleep(0.001)
    event.set()
    while len(waiting) < 2:
        await asyncio.sleep(0.001)
    async with condition:
        condition.notify_all()
    await asyncio.gather(*tasks)
asyncio.run(main())

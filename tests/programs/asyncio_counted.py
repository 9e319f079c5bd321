import asyncio, types
counts = {}
@types.coroutine
def counted(name, coroutine):
    value = None
    while True:
        counts[name] = counts.get(name, 0) + 1
        try:
            waits_for = coroutine.send(value)
        except StopIteration as stop:
            return stop.value
        try:
            value = yield waits_for
        except BaseException as error:
            counts[name] += 1
            waits_for = coroutine.throw(error)
            value = yield waits_for
async def wrap(name, coroutine):
    return await counted(name, coroutine)
async def spin(times):
    for _ in range(times):
        await asyncio.sleep(0)
async def producer(queue):
    for number in range(5):
        await queue.put(number)
        await asyncio.sleep(0.001)
    await queue.put(None)
async def consumer(queue):
    while (await queue.get()) is not None:
        pass
async def main():
    queue = asyncio.Queue(2)
    lock = asyncio.Lock()
    async def locked():
        async with lock:
            await asyncio.sleep(0.001)
    made = {"spin": spin(100), "producer": producer(queue), "consumer": consumer(queue), "first": locked(), "second": locked()}
    tasks = []
    for name, coroutine in made.items():
        tasks.append(asyncio.get_running_loop().create_task(wrap(name, coroutine)))
        tasks[-1].set_name(name)
    await asyncio.gather(*tasks)
asyncio.run(main())
for name, count in counts.items():
    print(name, "took", count, "steps")

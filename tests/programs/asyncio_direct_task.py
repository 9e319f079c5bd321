import asyncio
async def work(times):
    for _ in range(times):
        await asyncio.sleep(0)
async def main():
    loop = asyncio.get_running_loop()
    tasks = [asyncio.Task(work(number), loop=loop, name="direct-%d" % number) for number in range(4)]
    await asyncio.wait(tasks)
    for number, task in enumerate(tasks):
        print(task.get_name(), "took", number + 1, "steps")
asyncio.run(main())

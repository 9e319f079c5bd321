import asyncio
class Mine(asyncio.Task):
    pass
def factory(loop, coroutine, **more):
    return Mine(coroutine, loop=loop, **more)
async def work():
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    print(type(asyncio.current_task()).__name__)
async def main():
    asyncio.get_running_loop().set_task_factory(factory)
    task = asyncio.get_running_loop().create_task(work())
    task.set_name("mine")
    await task
    print("mine took 3 steps", type(task).__mro__[1].__name__)
asyncio.run(main())

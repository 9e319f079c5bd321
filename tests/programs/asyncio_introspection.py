import asyncio
async def work():
    await asyncio.sleep(0.002)
async def main():
    task = asyncio.get_running_loop().create_task(work())
    await asyncio.sleep(0)
    print(type(task).__name__, type(task).__module__, task.get_coro().__qualname__, len(asyncio.all_tasks()))
    print(len(task.get_stack()), task.get_stack()[0].f_lineno)
    print(asyncio.current_task().get_coro().cr_code.co_name, sorted(vars(task)) if hasattr(task, "__dict__") else [])
    await task
asyncio.run(main())
print(asyncio.events.Handle._run.__qualname__, asyncio.events.Handle._run.__module__)

import asyncio, gc, weakref
class Thing:
    pass
async def work():
    thing = Thing()
    reference = weakref.ref(thing, lambda _: print("gone"))
    await asyncio.sleep(0)
    del thing
    print(reference())
async def main():
    task = asyncio.get_running_loop().create_task(work())
    reference = weakref.ref(task)
    await task
    del task
    await asyncio.sleep(0)
    print(reference() is None, gc.collect() >= 0)
asyncio.run(main())

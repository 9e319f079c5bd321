import asyncio, gc
async def fail():
    raise ValueError("nobody asks")
async def main():
    task = asyncio.create_task(fail(), name="fails") if hasattr(asyncio, "to_thread") else asyncio.create_task(fail())
    task.set_name("fails")
    await asyncio.sleep(0.001)
    del task
    gc.collect()
    print("after")
asyncio.run(main())

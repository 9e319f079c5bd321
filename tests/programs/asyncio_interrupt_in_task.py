import asyncio
async def main():
    await asyncio.sleep(0)
    raise KeyboardInterrupt("from a task")
asyncio.run(main())

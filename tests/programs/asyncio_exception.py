import asyncio
async def inner():
    await asyncio.sleep(0.001)
    raise LookupError("inside")
async def outer():
    await inner()
async def main():
    await asyncio.create_task(outer())
asyncio.run(main())

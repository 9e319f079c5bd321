import asyncio, contextvars
name = contextvars.ContextVar("name", default="nobody")
async def work(value):
    name.set(value)
    await asyncio.sleep(0.001)
    print(name.get())
async def main():
    await asyncio.gather(work("a"), work("b"))
    print(name.get())
asyncio.run(main())

import asyncio
def callback(*words):
    print("called", *words)
def fails():
    raise RuntimeError("in a callback")
async def main():
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda loop, context: print(sorted(context), context["exception"]))
    loop.call_soon(callback, 1)
    loop.call_later(0.001, callback, 2, 3)
    loop.call_soon(fails)
    handle = loop.call_soon(callback, "never")
    handle.cancel()
    await asyncio.sleep(0.005)
asyncio.run(main())

import asyncio
def fails():
    raise RuntimeError("in a callback")
async def main():
    asyncio.get_running_loop().call_soon(fails)
    await asyncio.sleep(0.001)
try:
    asyncio.run(main())
finally:
    print("end")

import asyncio, signal
def stop():
    raise KeyboardInterrupt
async def main():
    asyncio.get_running_loop().call_soon(stop)
    try:
        await asyncio.sleep(5)
    finally:
        print("cleaned up")
asyncio.run(main())

import asyncio
async def main():
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.01)
    except asyncio.TimeoutError as error:
        print("timed out", type(error).__name__)
    print(await asyncio.wait_for(asyncio.sleep(0.001, "in time"), 60))
asyncio.run(main())

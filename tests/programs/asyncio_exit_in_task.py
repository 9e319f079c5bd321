import asyncio, sys
async def main():
    await asyncio.sleep(0.001)
    print("leaving")
    sys.exit(7)
asyncio.run(main())

import asyncio
async def forgotten():
    pass
async def main():
    forgotten()
    print("done")
asyncio.run(main())

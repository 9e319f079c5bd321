import asyncio

async def download():
    await asyncio.sleep(1)

async def main():
    await asyncio.gather(*[download() for _ in range(1000)])

asyncio.run(main())
print("A thousand downloads.")

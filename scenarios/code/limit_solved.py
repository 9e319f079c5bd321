import asyncio

under_way = 0

async def download(name, limit):
    global under_way
    async with limit:
        under_way += 1
        print(f"{name} starts: {under_way} under way")
        await asyncio.sleep(0.3)
        under_way -= 1

async def main():
    limit = asyncio.Semaphore(2)
    await asyncio.gather(*[download(name, limit) for name in "ABCDEF"])

asyncio.run(main())

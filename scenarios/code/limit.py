import asyncio

under_way = 0

async def download(name):
    global under_way
    under_way += 1
    print(f"{name} starts: {under_way} under way")
    await asyncio.sleep(0.3)
    under_way -= 1

async def main():
    await asyncio.gather(*[download(name) for name in "ABCDEF"])

asyncio.run(main())

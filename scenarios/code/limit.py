import asyncio

under_way = 0

async def download(name):
    global under_way
    under_way += 1
    print(name, under_way, "under way")
    await asyncio.sleep(0.3)
    under_way -= 1

async def main():
    jobs = map(download, "ABCDEF")
    await asyncio.gather(*jobs)

asyncio.run(main())

"""A semaphore is a lock that lets a number of tasks in: here two. Six downloads are three rounds.

A semaphore of asyncio's is for tasks; threads have their own, `threading.Semaphore`.
"""

import asyncio

under_way = 0

async def download(name, limit):
    global under_way
    async with limit:
        under_way += 1
        print(name, under_way, "under way")
        await asyncio.sleep(0.3)
        under_way -= 1

async def main():
    limit = asyncio.Semaphore(2)
    jobs = [download(name, limit) for name in "ABCDEF"]
    await asyncio.gather(*jobs)

asyncio.run(main())

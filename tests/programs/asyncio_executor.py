import asyncio, concurrent.futures, time
def block(seconds):
    time.sleep(seconds)
    return seconds
async def main():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        print(await asyncio.gather(*(loop.run_in_executor(pool, block, 0.005) for _ in range(3))))
    print(await loop.run_in_executor(None, block, 0))
asyncio.run(main())

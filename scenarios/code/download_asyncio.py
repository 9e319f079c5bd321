import asyncio

async def download(name):
    print(f"{name} starts.")
    await asyncio.sleep(1)
    print(f"{name} is done.")

async def main():
    await asyncio.gather(download("A"), download("B"))

asyncio.run(main())

import asyncio
async def chore(name, seconds):
    print(name, "starts")
    await asyncio.sleep(seconds)
    print(name, "ends")
    return name
async def main():
    print(await asyncio.gather(chore("a", 0.01), chore("b", 0.09), chore("c", 0.05)))
asyncio.run(main())

import asyncio
ended = [None]
async def chore(name, seconds, before=None):
    print(name, "starts")
    await asyncio.sleep(seconds)
    while before not in ended:
        await asyncio.sleep(0.001)
    print(name, "ends")
    ended.append(name)
    return name
async def main():
    print(await asyncio.gather(chore("a", 0.01), chore("b", 0.09, "c"), chore("c", 0.05, "a")))
asyncio.run(main())

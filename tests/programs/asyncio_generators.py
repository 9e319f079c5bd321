import asyncio
async def numbers():
    try:
        for number in range(3):
            await asyncio.sleep(0)
            yield number
    finally:
        print("closed")
async def main():
    print([number async for number in numbers()])
    async for number in numbers():
        break
asyncio.run(main())
print("end")

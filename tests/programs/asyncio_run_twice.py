import asyncio
async def main(number):
    await asyncio.sleep(0)
    return number
print(asyncio.run(main(1)), asyncio.run(main(2)))
loop = asyncio.new_event_loop()
print(loop.run_until_complete(main(3)))
loop.close()
try:
    coroutine = main(4)
    loop.create_task(coroutine)
except RuntimeError as error:
    print(error)
    coroutine.close()

import asyncio, logging
logging.basicConfig(format="%(name)s %(levelname)s")
async def main():
    asyncio.get_running_loop().slow_callback_duration = 60
    print(asyncio.get_running_loop().get_debug())
    task = asyncio.create_task(asyncio.sleep(0.001))
    await task
asyncio.run(main(), debug=True)

# python 3.9
import asyncio, threading, time
def block(number):
    time.sleep(0.01)
    return number, threading.current_thread() is threading.main_thread()
async def main():
    print(await asyncio.gather(*(asyncio.to_thread(block, number) for number in range(3))))
asyncio.run(main())

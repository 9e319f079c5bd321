# hide
import asyncio

# show
async def await_test():
    print("This is the beginning.")
    await asyncio.sleep(0)
    print("This is the end.")

coroutine = await_test()
print("Called:", type(coroutine))
coroutine.send(None)
print("It gave way.")
try:
    coroutine.send(None)
except StopIteration:
    print("It has ended.")

import asyncio, os
async def main():
    pid = os.fork()
    if pid == 0:
        print("child, still in", asyncio.current_task().get_coro().__name__)
        os._exit(0)
    os.waitpid(pid, 0)
    await asyncio.sleep(0.001)
    print("parent")
asyncio.run(main())

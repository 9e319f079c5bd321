import asyncio, threading
results = []
async def work(number):
    for _ in range(number):
        await asyncio.sleep(0)
    results.append(number)
threads = [threading.Thread(target=lambda n=n: asyncio.run(work(n))) for n in (3, 5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(results))

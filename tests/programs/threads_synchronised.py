import threading, queue
tasks, done = queue.Queue(), threading.Event()
barrier = threading.Barrier(3)
semaphore = threading.BoundedSemaphore(2)
results = []
def work():
    barrier.wait()
    while True:
        item = tasks.get()
        if item is None:
            break
        with semaphore:
            results.append(item * item)
        tasks.task_done()
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
barrier.wait()
for number in range(20):
    tasks.put(number)
tasks.join()
for _ in threads:
    tasks.put(None)
for thread in threads:
    thread.join()
done.set()
print(sorted(results), done.wait(), threading.Condition.wait.__doc__[:20], threading.Thread.join.__qualname__)

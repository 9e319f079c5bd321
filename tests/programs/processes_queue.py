import multiprocessing
def work(queue, pipe):
    queue.put({"from": "child"})
    pipe.send(pipe.recv() + 1)
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    ours, theirs = context.Pipe()
    child = context.Process(target=work, args=(queue, theirs))
    child.start()
    ours.send(41)
    print(queue.get(), ours.recv())
    child.join()

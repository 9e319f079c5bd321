import multiprocessing, os
def work(number):
    print("child", number, multiprocessing.current_process().name)
if __name__ == "__main__":
    context = multiprocessing.get_context("forkserver")
    for number in range(2):
        child = context.Process(target=work, args=(number,))
        child.start()
        child.join()
        print(child.exitcode)

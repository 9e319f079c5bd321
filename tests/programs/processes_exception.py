import multiprocessing
def work():
    raise KeyError("in a child")
if __name__ == "__main__":
    child = multiprocessing.get_context("fork").Process(target=work, name="fails")
    child.start()
    child.join()
    print(child.exitcode)

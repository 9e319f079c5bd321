# hide
from multiprocessing import Process
from threading import Thread

# show
letters = []

def write(letter):
    letters.append(letter)
    print("Inside:", letters)

def run(worker):
    worker.start()
    worker.join()
    print("Outside:", letters)

if __name__ == "__main__":
    run(Thread(target=write, args=["A"]))
    run(Process(target=write, args=["B"]))

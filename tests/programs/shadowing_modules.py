import os, sys
with open("journal.py", "w") as file:
    file.write("print('the author has a journal')\n")
with open("queue.py", "w") as file:
    file.write("class Queue:\n    def get(self):\n        return 'a queue of our own'\n")
import journal, queue
print(queue.Queue().get(), os.path.basename(queue.__file__), journal.__name__)

"""Two processes write, one after the other; each says who it is."""

import os

print("parent", os.getpid())
pid = os.fork()
if pid == 0:
    print("child", os.getpid())
    os._exit(0)
os.waitpid(pid, 0)
print("parent", os.getpid())

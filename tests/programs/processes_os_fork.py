import os, sys
print("before")
pid = os.fork()
if pid == 0:
    print("child")
    sys.stdout.flush()
    os._exit(3)
print("status", os.waitpid(pid, 0)[1] >> 8)

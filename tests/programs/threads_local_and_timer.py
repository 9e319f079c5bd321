import threading
local = threading.local()
local.value = "main"
def work():
    local.value = "timer"
    print(local.value)
timer = threading.Timer(0.005, work)
timer.start()
timer.join()
print(local.value)

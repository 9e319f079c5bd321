# hide
import time

# show
def chore(name, steps):
    for step in range(1, steps + 1):
        print(name, "step", step)
        time.sleep(0.3)
        yield
    print(name, "is done.")

upload = chore("Upload", 3)
emails = chore("Emails", 2)

ready = [upload, emails]
while ready:
    task = ready.pop(0)
    try:
        next(task)
        ready.append(task)
    except StopIteration:
        pass

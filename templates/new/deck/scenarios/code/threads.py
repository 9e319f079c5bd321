import threading
import time


def make(what, seconds):
    time.sleep(seconds)
    print(f"{what} is ready")


toast = threading.Thread(target=make, args=("toast", 0.5), name="toast")
tea = threading.Thread(target=make, args=("tea", 0.4), name="tea")
toast.start()
tea.start()
toast.join()
tea.join()

import time

def download(name):
    print(f"{name} starts.")
    time.sleep(1)
    print(f"{name} is done.")

if __name__ == "__main__":
    download("A")
    download("B")

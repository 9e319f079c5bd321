import time
from concurrent.futures import ProcessPoolExecutor

def upload_files():
    time.sleep(0.5)
    return "Files uploaded."

def send_emails():
    time.sleep(0.3)
    raise OSError("no network")

if __name__ == "__main__":
    with ProcessPoolExecutor() as pool:
        upload = pool.submit(upload_files)
        emails = pool.submit(send_emails)
        print("Done?", upload.done())
        print(upload.result())
        print("Failed?", emails.exception())

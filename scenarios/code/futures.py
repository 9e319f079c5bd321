import time
from concurrent.futures import ThreadPoolExecutor

def upload_files():
    time.sleep(0.5)
    return "Files uploaded."

def send_emails():
    time.sleep(0.3)
    raise OSError("no network")

with ThreadPoolExecutor() as pool:
    upload = pool.submit(upload_files)
    emails = pool.submit(send_emails)
    print("Done?", upload.done())
    print(upload.result())
    print("Failed?", emails.exception())

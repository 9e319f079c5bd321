import time

def upload_files():
    print("Preparing files...")
    time.sleep(1)
    print("Files prepared.")
    time.sleep(4)
    print("Files uploaded.")

def send_emails():
    print("Sending emails...")
    time.sleep(3)
    print("Emails sent...")

def main():
    upload_files()
    send_emails()

main()

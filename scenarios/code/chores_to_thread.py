import asyncio
import time

async def upload_files():
    print("Preparing files...")
    await asyncio.to_thread(time.sleep, 1)
    print("Files prepared.")
    await asyncio.to_thread(time.sleep, 4)
    print("Files uploaded.")

async def send_emails():
    print("Sending emails...")
    await asyncio.sleep(3)
    print("Emails sent...")

async def main():
    await asyncio.gather(
        upload_files(), send_emails())

asyncio.run(main())

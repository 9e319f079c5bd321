# hide
import asyncio
import time

# show
def send_emails():
    print("Sending emails...")
    try:
        time.sleep(3)
        print("Emails sent...")
    finally:
        print("Connection closed.")

async def main():
    try:
        async with asyncio.timeout(1):
            await asyncio.to_thread(send_emails)
    except TimeoutError:
        print("Too late.")

asyncio.run(main())

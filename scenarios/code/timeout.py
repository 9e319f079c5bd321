# hide
import asyncio

# show
async def send_emails():
    print("Sending emails...")
    try:
        await asyncio.sleep(3)
        print("Emails sent...")
    finally:
        print("Connection closed.")

async def main():
    try:
        async with asyncio.timeout(1):
            await send_emails()
    except TimeoutError:
        print("Too late.")

asyncio.run(main())

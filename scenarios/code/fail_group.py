# hide
import asyncio

# show
async def upload_files():
    print("Preparing files...")
    await asyncio.sleep(1)
    raise OSError("disk full")

async def send_emails():
    print("Sending emails...")
    await asyncio.sleep(3)
    print("Emails sent...")

async def main():
    try:
        async with asyncio.TaskGroup() as tg:
            tg.create_task(upload_files())
            tg.create_task(send_emails())
    except* OSError as e:
        print("Failed:", e.exceptions)
    await asyncio.sleep(2.5)

asyncio.run(main())

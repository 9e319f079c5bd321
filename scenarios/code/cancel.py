import asyncio

async def send_emails():
    print("Sending emails...")
    await asyncio.sleep(3)
    print("Emails sent...")

async def main():
    emails = asyncio.create_task(send_emails())
    await asyncio.sleep(0.5)
    print("Asked to stop?", emails.cancel(), "Stopped?", emails.done())
    try:
        await emails
    except asyncio.CancelledError:
        print("Stopped?", emails.cancelled())

asyncio.run(main())

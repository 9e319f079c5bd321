with open("broken.py", "w") as file:
    file.write("import asyncio\nraise OSError('while imported')\n")
import broken

import sys
sys.stdout.close()
try:
    print("lost")
except ValueError as error:
    sys.stderr.write(str(error) + "\n")
    raise

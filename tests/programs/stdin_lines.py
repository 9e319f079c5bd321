import sys
print(repr(input("prompt> ")))
for line in sys.stdin:
    print(line.rstrip()[::-1])
try:
    input()
except EOFError as error:
    print(error)

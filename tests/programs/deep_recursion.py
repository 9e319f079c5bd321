import sys
def deeper(depth):
    return deeper(depth + 1) if depth < 10_000 else depth
try:
    deeper(0)
except RecursionError as error:
    print("caught")
print(sys.getrecursionlimit())
def fall():
    fall()
fall()

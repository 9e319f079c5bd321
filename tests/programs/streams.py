import contextlib, io, os, sys
print("a", "b", sep="-", end="!\n")
sys.stdout.writelines(["one\n", "two\n"])
print(sys.stdout.write("caf\u00e9 \U0001f600\n"))
sys.stdout.buffer.write(b"bytes\n")
sys.stdout.flush()
os.write(1, b"raw\n")
print("to stderr", file=sys.stderr)
with contextlib.redirect_stdout(io.StringIO()) as caught:
    print("caught")
print(repr(caught.getvalue()), sys.stdout is sys.__stdout__, type(sys.stdout).__name__, sys.stdout.name, sys.stdout.fileno())
for wrong in (5, b"bytes"):
    try:
        sys.stdout.write(wrong)
    except TypeError as error:
        print(error)
try:
    print("\ud800")
except UnicodeEncodeError as error:
    print(error)
print("." * 3, end="", flush=True)
print()

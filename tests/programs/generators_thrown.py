import traceback
def stubborn():
    while True:
        try:
            yield
        except KeyError as error:
            print("caught", error)
        finally:
            print("finally")
def transparent():
    yield from stubborn()
def quiet():
    yield 1
def stops():
    yield next(iter(()))
made = transparent()
next(made)
made.throw(KeyError("key"))
made.throw(KeyError("again"))
try:
    made.throw(LookupError("not caught"))
except LookupError:
    traceback.print_exc()
silent = quiet()
next(silent)
try:
    silent.throw(ValueError("at the yield"))
except ValueError:
    traceback.print_exc()
never = quiet()
never.close()
print(list(never))
for wrong in (lambda: list(stops()), lambda: next(silent), lambda: quiet().send(1)):
    try:
        wrong()
    except Exception:
        traceback.print_exc()
def last():
    yield 1
    raise OSError("nobody catches it")
list(last())

# python 3.11
def fail(number):
    raise ValueError(number)
errors = []
for number in range(2):
    try:
        fail(number)
    except ValueError as error:
        error.add_note("a note")
        errors.append(error)
raise ExceptionGroup("several", errors)

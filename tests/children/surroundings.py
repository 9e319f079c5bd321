"""Prints what a program can find out about how it was started, and ends with a traceback."""

import __main__
import inspect
import os
import pickle
import sys
import warnings

print(sorted(vars(__main__)))
print(sys.argv, sys.path, sys.flags, sys.warnoptions)
print(sys.getprofile(), sys.gettrace())
print(__name__, __file__, __spec__, __doc__)
print(inspect.getsource(__main__)[:20])
print(sorted(name for name in sys.modules if name != "sitecustomize"))
print(sorted(name for name in os.environ if name != "PYTHONPATH"))
print(warnings.filters)


class Thing:
    pass


print(pickle.loads(pickle.dumps(Thing())).__class__)
raise KeyError("on purpose")

import importlib, sys
for name in ("queue", "concurrent.futures", "multiprocessing", "asyncio", "subprocess", "struct", "mmap", "functools", "itertools"):
    before = name in sys.modules
    module = importlib.import_module(name)
    print(name, before, module.__name__, type(module.__loader__).__name__, module.__spec__.name)
import asyncio.events
print(importlib.reload(asyncio.events).__name__)
try:
    import no_such_module
except ImportError as error:
    print(error)
import no_such_package.module

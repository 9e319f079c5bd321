import gc, importlib, sys, threading, time
print([type(finder).__name__ if not isinstance(finder, type) else finder.__name__ for finder in sys.meta_path], len(sys.path_hooks))
print(sys.getprofile(), sys.gettrace(), sys.flags.no_site, sys.argv, [path for path in sys.path if "asrun" in path])
print([name for name in sys.modules if "asrun" in name], threading.enumerate()[0].name, threading.active_count())
print(time.sleep, time.sleep.__name__, time.sleep.__module__, time.sleep(0), gc.isenabled(), gc.get_threshold())
import pickle, copy
print(pickle.loads(pickle.dumps(time.sleep)) is time.sleep, copy.deepcopy(time.sleep) is time.sleep, callable(time.sleep))
class Napper:
    nap = time.sleep
print(Napper().nap(0))
try:
    time.sleep(-1)
except ValueError as error:
    print(error)
try:
    time.sleep()
except TypeError as error:
    print("refused")
with open(__file__) as file:
    print(file.fileno())

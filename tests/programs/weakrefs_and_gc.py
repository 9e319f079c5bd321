import gc, weakref
class Node:
    def __init__(self):
        self.me = self
    def __del__(self):
        print("collected")
gc.disable()
node = Node()
reference = weakref.ref(node)
del node
print(reference() is None)
print(gc.collect() > 0, reference() is None, gc.garbage)

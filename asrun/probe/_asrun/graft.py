"""Putting a few statements of the probe's into functions of the standard library.

The function is compiled again from its own source, with the statements added to its syntax tree: every line and column
stays what it was, and tracebacks show one frame, the library's. Nothing is imported early: a module is changed at the
end of its own import.
"""

import sys

from _asrun import journal

_last = "", []
"""The file that was read last, and its lines."""
LONGEST = 400
"""Lines of the longest function that can be rebuilt."""
FOREIGN = ("uvloop",)
"""What is changed though it is not of the standard library."""
ONLY_AST = 0x400  # ast.PyCF_ONLY_AST, without importing ast


def _parse(source, filename="<probe>"):
    return compile(source, filename, "exec", ONLY_AST, True)


def _source(code):
    """The lines of a function, up to the next line that is not indented deeper than its first."""
    global _last
    if _last[0] != code.co_filename:
        with open(code.co_filename, "rb") as file:
            _last = code.co_filename, file.read().decode().splitlines(True)
    lines = _last[1][code.co_firstlineno - 1 : code.co_firstlineno + LONGEST]
    depth = len(lines[0]) - len(lines[0].lstrip())
    end = 1
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > depth):
        end += 1
    return "".join(lines[:end])


def _forget():
    global _last
    _last = "", []


def _move(node, at):
    """Give a tree the position of another node."""
    stack = [node]
    while stack:
        node = stack.pop()
        if hasattr(node, "_attributes") and "lineno" in node._attributes:
            node.lineno, node.col_offset = at.lineno, at.col_offset
            node.end_lineno, node.end_col_offset = at.end_lineno, at.end_col_offset
        for field in node._fields:
            value = getattr(node, field, None)
            stack += [item for item in (value if isinstance(value, list) else [value]) if hasattr(item, "_fields")]


def statements(source, at):
    """Statements, to stand where `at` stands."""
    body = _parse(source).body
    for node in body:
        _move(node, at)
    return body


def kind(node):
    """The name of a node's class."""
    return type(node).__name__


def enclose(before, body, after):
    """Statements, a body and what is to be done however that ends."""
    whole = statements(before + "\ntry:\n pass\nfinally:\n " + after.replace("\n", "\n "), body[0])
    whole[-1].body = body
    return whole


def find(body, wanted):
    """The nodes of statements for which `wanted(node)`, with the list each is in and its index there."""
    found = []
    for index, node in enumerate(body):
        if wanted(node):
            found.append((body, index))
        for field in ("body", "orelse", "finalbody", "handlers"):
            found += find(getattr(node, field, None) or [], wanted)
    return found


def rebuild(function, edit, used):
    """The function with its body edited in place by `edit(body)`. `used`: the objects that the statements name.

    Raises anything where that cannot be done.
    """
    code = function.__code__
    if code.co_freevars:
        raise ValueError
    source = _source(code)
    if source[:1].isspace():
        tree = _parse("\n" * (code.co_firstlineno - 2) + "if 1:\n" + source)
        definition = tree.body[0].body[0]
    else:
        tree = _parse("\n" * (code.co_firstlineno - 1) + source)
        definition = tree.body[0]
    edit(definition.body)
    names = sorted(used)
    factory = statements("def factory(%s):\n pass\n return %s" % (", ".join(names), definition.name), definition)
    factory[0].body[0] = definition
    tree.body = factory
    made = {}
    exec(compile(tree, code.co_filename, "exec", 0, True), function.__globals__, made)
    new = made["factory"](**used)
    new.__qualname__, new.__module__, new.__doc__ = function.__qualname__, function.__module__, function.__doc__
    new.__defaults__, new.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    new.__annotations__ = function.__annotations__
    if hasattr(code, "co_qualname"):
        new.__code__ = new.__code__.replace(co_qualname=code.co_qualname)
    return new


def graft(owner, name, edit, **used):
    """Rebuild a function of a class or a module. The new function; None where that failed, and the old one stays."""
    try:
        new = rebuild(owner.__dict__[name], edit, used)
        setattr(owner, name, new)
    except Exception:
        journal.fault()
        return None
    return new


def when_imported(wanted):
    """Call `wanted[name](module)` at the end of the import of each of these modules, most of the standard library.

    What loads source files gets a method of its own for the time being. Its code carries the file name of the import
    system, so that the frame is left out of tracebacks as those are.
    """
    external = sys.modules["_frozen_importlib_external"]
    loader = external.SourceFileLoader
    library = external.__dict__["_path_split"](sys.modules["os"].__file__)[0]
    original = loader.exec_module
    waiting = dict(wanted)

    def after(module):
        change = waiting.get(module.__name__)
        if change and (getattr(module, "__file__", None) or "").startswith(
            "/" if module.__name__ in FOREIGN else library
        ):
            del waiting[module.__name__]
            try:
                change(module)
            except Exception:
                journal.fault()
            _forget()
            if not waiting:
                try:
                    del loader.exec_module
                except AttributeError:
                    pass

    source = "def exec_module(self, module):\n original(self, module)\n if module.__name__ in waiting: after(module)\n"
    made = {"original": original, "waiting": waiting, "after": after}
    exec(compile(source, external.cache_from_source.__code__.co_filename, "exec"), made)
    made["exec_module"].__qualname__ = original.__qualname__
    made["exec_module"].__module__ = original.__module__
    loader.exec_module = made["exec_module"]
    for name in list(waiting):
        if name in sys.modules:
            after(sys.modules[name])

"""Names of TensorFlow's that a program uses and this package does not have, found without running it."""

import ast

from . import importer, names, namespaces


class _Names(ast.NodeVisitor):
    """Follows what a program's own names stand for: a namespace of ours, or nothing we know."""

    def __init__(self):
        self.spaces = {}  # The program's name → our namespace.
        self.missing = []  # (line, column, message)

    def _miss(self, node, space, name):
        self.missing.append((node.lineno, node.col_offset + 1, names.missing_message(space, name)))

    def visit_Import(self, node):
        for alias in node.names:
            if alias.name.partition(".")[0] != importer.ROOT:
                continue
            space = importer.space_of(alias.name)
            if space is None:
                parent, _, last = alias.name.rpartition(".")
                self._miss(node, importer.space_of(parent) or "tf", last)
            elif alias.asname:
                self.spaces[alias.asname] = space
            else:
                self.spaces[importer.ROOT] = "tf"

    def visit_ImportFrom(self, node):
        if node.level or (node.module or "").partition(".")[0] != importer.ROOT:
            return
        space = importer.space_of(node.module)
        if space is None:
            parent, _, last = node.module.rpartition(".")
            self._miss(node, importer.space_of(parent) or "tf", last)
            return
        for alias in node.names:
            if alias.name == "*":
                continue
            found = self._inner(space, alias.name)
            if found is not None:
                self.spaces[alias.asname or alias.name] = found
            elif not _has(space, alias.name):
                self._miss(node, space, alias.name)

    @staticmethod
    def _inner(space, name):
        child = f"{space}.{name}"
        child = names.ALIASES.get(child, child)
        return child if child in names.SPACES and name not in names.SPACES[space] else None

    def _space(self, node):
        """The namespace that an expression is; None for what is none."""
        if isinstance(node, ast.Name):
            return self.spaces.get(node.id)
        if isinstance(node, ast.Attribute):
            outer = self._space(node.value)
            return None if outer is None else self._inner(outer, node.attr)
        return None

    def look_at(self, node):
        """Of `namespace.name`: whether there is such a name."""
        outer = self._space(node.value)
        if outer is not None and self._inner(outer, node.attr) is None and not _has(outer, node.attr):
            self._miss(node, outer, node.attr)


def _has(space, name):
    if name in names.SPACES[space]:
        return True
    if "*" not in names.SPACES[space]:
        return name.startswith("__")
    try:
        namespaces.find(space, name)
    except AttributeError:
        return False
    return True


def missing_names(source, path):
    """(line, column, message) of each, in the order of the text."""
    tree = ast.parse(source, path)
    visitor = _Names()
    # Imports first: functions may stand before them.
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            visitor.visit(node)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            visitor.look_at(node)
    return sorted(set(visitor.missing))

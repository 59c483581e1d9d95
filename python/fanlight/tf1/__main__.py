"""Runs a TensorFlow 1 program on Fanlight, with no line of it changed.

usage: python -m fanlight.tf1 [--check] SCRIPT [ARGUMENT...]

--check: list the names of TensorFlow's that the script uses and that are not there, and end; exit code 1 if there
are any.
"""

import os
import runpy
import sys


def _check(path):
    from .core.check import missing_names

    with open(path, encoding="utf-8") as file:
        source = file.read()
    try:
        missing = missing_names(source, path)
    except SyntaxError as error:
        print(f"{path}:{error.lineno}: {error.msg}", file=sys.stderr)
        return 2
    for line, column, message in missing:
        print(f"{path}:{line}:{column}: {message}")
    if not missing:
        print(f"{path}: every name of TensorFlow's that it uses is there")
    return 1 if missing else 0


def main(arguments):
    checks = arguments[:1] == ["--check"]
    if checks:
        arguments = arguments[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__.strip())
        return 0 if arguments else 2
    script = arguments[0]
    if script.startswith("-"):
        print(f"fanlight.tf1: there is no option {script}", file=sys.stderr)
        return 2
    if not os.path.exists(script):
        print(f"fanlight.tf1: there is no file {script!r}", file=sys.stderr)
        return 2
    if checks:
        return _check(script)
    from .core import importer

    importer.install()
    sys.argv = arguments
    # As Python itself does it: what lies beside the script is found first.
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""tf.app.run: calls a program's main with the arguments that are no flags."""

import sys

from . import flags
from .flags import FLAGS

__all__ = ["FLAGS", "flags", "run"]


def run(main=None, argv=None):
    main = main or sys.modules["__main__"].main
    argv = sys.argv if argv is None else argv
    rest = FLAGS(argv)
    sys.exit(main(rest))

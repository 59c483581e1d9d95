"""tf.logging: messages of a program and of what it uses, to the standard error output."""

import logging as _logging
import sys

DEBUG, INFO, WARN, ERROR, FATAL = _logging.DEBUG, _logging.INFO, _logging.WARNING, _logging.ERROR, _logging.CRITICAL
WARNING = WARN

_logger = _logging.getLogger("tensorflow")


def _get_logger():
    if not _logger.handlers:
        handler = _logging.StreamHandler(sys.stderr)
        handler.setFormatter(_logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
        _logger.addHandler(handler)
        _logger.setLevel(WARN)
        _logger.propagate = False
    return _logger


def log(level, msg, *args):
    _get_logger().log(level, msg, *args)


def debug(msg, *args):
    _get_logger().debug(msg, *args)


def info(msg, *args):
    _get_logger().info(msg, *args)


def warn(msg, *args):
    _get_logger().warning(msg, *args)


warning = warn


def error(msg, *args):
    _get_logger().error(msg, *args)


def fatal(msg, *args):
    _get_logger().critical(msg, *args)


def log_every_n(level, msg, n, *args):
    key = (level, msg)
    count = _counts[key] = _counts.get(key, -1) + 1
    if count % n == 0:
        log(level, msg, *args)


def log_first_n(level, msg, n, *args):
    key = (level, msg, n)
    count = _counts[key] = _counts.get(key, -1) + 1
    if count < n:
        log(level, msg, *args)


_counts = {}


def set_verbosity(level):
    names = {"DEBUG": DEBUG, "INFO": INFO, "WARN": WARN, "ERROR": ERROR, "FATAL": FATAL}
    _get_logger().setLevel(names.get(level, level))


def get_verbosity():
    return _get_logger().getEffectiveLevel()


def flush():
    for handler in _get_logger().handlers:
        handler.flush()

"""six.moves: what has another place in Python 3."""

import builtins
import configparser  # noqa: F401
import functools
import io
import itertools
import pickle as cPickle  # noqa: F401, N812
import queue  # noqa: F401
import urllib  # noqa: F401
import urllib.error
import urllib.parse
import urllib.request  # noqa: F401

input = builtins.input
range = xrange = builtins.range
map = builtins.map
filter = builtins.filter
zip = builtins.zip
reduce = functools.reduce
zip_longest = itertools.zip_longest
filterfalse = itertools.filterfalse
StringIO = io.StringIO
cStringIO = io.StringIO
intern = __import__("sys").intern
reload_module = __import__("importlib").reload

"""tf.app.flags: a program's flags, known from where they are defined; others are left to the program."""

import argparse
import sys


class _Flags:
    """FLAGS: the values, read from the command line when one is first asked for."""

    def __init__(self):
        self.__dict__.update(_parser=argparse.ArgumentParser(allow_abbrev=False), _values=None, _given={}, _help={})

    def _parse(self, arguments=None):
        values, rest = self._parser.parse_known_args(sys.argv[1:] if arguments is None else arguments)
        self.__dict__["_values"] = vars(values)
        self._values.update(self._given)
        return rest

    def __call__(self, argv, known_only=False):
        return [argv[0], *self._parse(argv[1:])]

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if self._values is None or name not in self._values:
            self._parse()
        if name not in self._values:
            raise AttributeError(f"Unknown command line flag '{name}'")
        return self._values[name]

    def __setattr__(self, name, value):
        self._given[name] = value
        if self._values is not None:
            self._values[name] = value

    def __contains__(self, name):
        return name in self.flag_values_dict()

    def __getitem__(self, name):
        return self.__getattr__(name)

    def __iter__(self):
        return iter(self.flag_values_dict())

    def flag_values_dict(self):
        if self._values is None:
            self._parse()
        return dict(self._values)

    def mark_as_parsed(self):
        pass

    def is_parsed(self):
        return self._values is not None

    def _define(self, name, default, help_text, **options):
        self.__dict__["_values"] = None
        self._parser.add_argument(
            f"--{name}", dest=name, default=default, help=(help_text or "").replace("%", "%%"), **options
        )


FLAGS = _Flags()


def _truth(text):
    if text.lower() in ("true", "t", "1", "yes"):
        return True
    if text.lower() in ("false", "f", "0", "no"):
        return False
    raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")


def DEFINE_string(name, default, help=None, flag_values=FLAGS, **_):
    flag_values._define(name, default, help)


def DEFINE_integer(name, default, help=None, lower_bound=None, upper_bound=None, flag_values=FLAGS, **_):
    flag_values._define(name, default, help, type=int)


def DEFINE_float(name, default, help=None, lower_bound=None, upper_bound=None, flag_values=FLAGS, **_):
    flag_values._define(name, None if default is None else float(default), help, type=float)


def DEFINE_boolean(name, default, help=None, flag_values=FLAGS, **_):
    flag_values._define(name, default, help, type=_truth, nargs="?", const=True)
    flag_values._parser.add_argument(
        f"--no{name}", dest=name, action="store_false", default=argparse.SUPPRESS, help=argparse.SUPPRESS
    )


DEFINE_bool = DEFINE_boolean


def DEFINE_enum(name, default, enum_values, help=None, flag_values=FLAGS, **_):
    flag_values._define(name, default, help, choices=list(enum_values))


def DEFINE_list(name, default, help=None, flag_values=FLAGS, **_):
    default = default.split(",") if isinstance(default, str) else default
    flag_values._define(name, default, help, type=lambda text: text.split(","))


def mark_flag_as_required(name, flag_values=FLAGS):
    for action in flag_values._parser._actions:
        if action.dest == name:
            action.required = True

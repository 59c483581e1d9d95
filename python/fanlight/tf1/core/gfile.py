"""tf.gfile: files by TensorFlow's names for what one does with them."""

import builtins
import fnmatch
import glob
import os
import shutil

from . import errors


def _translated(error):
    if isinstance(error, FileNotFoundError):
        return errors.NotFoundError(None, None, f"{error.filename}; No such file or directory")
    if isinstance(error, FileExistsError):
        return errors.AlreadyExistsError(None, None, f"{error.filename}; File exists")
    if isinstance(error, PermissionError):
        return errors.PermissionDeniedError(None, None, f"{error.filename}; Permission denied")
    return errors.FailedPreconditionError(None, None, str(error))


class GFile:
    """A file: opened when it is first used."""

    def __init__(self, name, mode="r"):
        self.name, self.mode = os.fspath(name), mode
        self._file = None

    def _open(self):
        if self._file is None:
            try:
                encoding = None if "b" in self.mode else "utf-8"
                self._file = builtins.open(self.name, self.mode, encoding=encoding)
            except OSError as error:
                raise _translated(error) from None
        return self._file

    def __getattr__(self, name):
        return getattr(self._open(), name)

    def read(self, n=-1):
        return self._open().read(n)

    def size(self):
        return os.stat(self.name).st_size

    def close(self):
        if self._file is not None:
            self._file.close()
            self._file = None

    def __iter__(self):
        return iter(self._open())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


FastGFile = Open = GFile


def _file_call(function):
    def call(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except OSError as error:
            raise _translated(error) from None

    return call


def exists(path):
    return os.path.exists(path)


def is_directory(path):
    return os.path.isdir(path)


@_file_call
def list_directory(path):
    return os.listdir(path)


@_file_call
def make_directory(path):
    os.mkdir(path)


@_file_call
def make_directories(path):
    os.makedirs(path, exist_ok=True)


@_file_call
def remove(path):
    os.remove(path)


@_file_call
def delete_recursively(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.remove(path)


@_file_call
def rename(oldname, newname, overwrite=False):
    if os.path.exists(newname) and not overwrite:
        raise errors.AlreadyExistsError(None, None, f"{newname}; file already exists")
    os.replace(oldname, newname)


@_file_call
def copy(oldpath, newpath, overwrite=False):
    if os.path.exists(newpath) and not overwrite:
        raise errors.AlreadyExistsError(None, None, f"{newpath}; file already exists")
    shutil.copyfile(oldpath, newpath)


@_file_call
def stat(path):
    return os.stat(path)


def glob_files(pattern):
    patterns = [pattern] if isinstance(pattern, str) else pattern
    return [path for one in patterns for path in sorted(glob.glob(one))]


def walk(top, topdown=True, onerror=None):
    return os.walk(top, topdown, onerror)


def match(name, pattern):
    return fnmatch.fnmatch(name, pattern)

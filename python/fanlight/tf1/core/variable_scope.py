"""tf.get_variable and tf.variable_scope: variables by name, made once and used again."""

import contextlib
import enum
import functools
import inspect

from . import dtypes, shapes
from .graph import GraphKeys, get_default_graph, name_scope
from .variables import Variable


class _ReuseMode(enum.Enum):
    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE


class _Store:
    """What a graph knows of its scopes of variables."""

    def __init__(self):
        self.variables = {}
        self.partitioned = {}
        self.current = VariableScope(False)
        self.counts = {}  # How often a scope was entered, for default names.

    @staticmethod
    def of_default_graph():
        graph = get_default_graph()
        if graph._variable_scopes is None:
            graph._variable_scopes = _Store()
        return graph._variable_scopes


class VariableScope:
    """A scope's name and what its variables get that they lack."""

    def __init__(
        self,
        reuse,
        name="",
        initializer=None,
        regularizer=None,
        caching_device=None,
        partitioner=None,
        custom_getter=None,
        name_scope="",
        dtype=dtypes.float32,
        use_resource=None,
        constraint=None,
    ):
        self._name = name
        self.initializer = initializer
        self.regularizer = regularizer
        self.reuse = reuse
        self.caching_device = caching_device
        self.partitioner = partitioner
        self.custom_getter = custom_getter
        self.dtype = dtype
        self.use_resource = use_resource
        self.constraint = constraint
        self.original_name_scope = name_scope

    name = property(lambda self: self._name)

    def _copy(self, **changes):
        made = VariableScope.__new__(VariableScope)
        made.__dict__.update(self.__dict__)
        made.__dict__.update({key: value for key, value in changes.items() if value is not None})
        return made

    def reuse_variables(self):
        self.reuse = True

    def set_initializer(self, initializer):
        self.initializer = initializer

    def set_dtype(self, dtype):
        self.dtype = dtype

    def set_use_resource(self, use_resource):
        self.use_resource = use_resource

    def set_regularizer(self, regularizer):
        self.regularizer = regularizer

    def set_custom_getter(self, custom_getter):
        self.custom_getter = custom_getter

    def get_collection(self, name):
        return get_default_graph().get_collection(name, self._name + "/" if self._name else None)

    def trainable_variables(self):
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self):
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self):
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def get_variable(
        self,
        name,
        shape=None,
        dtype=None,
        initializer=None,
        regularizer=None,
        reuse=None,
        trainable=None,
        collections=None,
        caching_device=None,
        partitioner=None,
        validate_shape=True,
        use_resource=None,
        custom_getter=None,
        constraint=None,
        **kwargs,
    ):
        full_name = f"{self._name}/{name}" if self._name else name
        arguments = {
            "shape": shape,
            "dtype": self.dtype if dtype is None else dtype,
            "initializer": self.initializer if initializer is None else initializer,
            "regularizer": self.regularizer if regularizer is None else regularizer,
            "reuse": self.reuse if reuse is None else reuse,
            "trainable": trainable,
            "collections": collections,
            "validate_shape": validate_shape,
            "use_resource": self.use_resource if use_resource is None else use_resource,
            "constraint": self.constraint if constraint is None else constraint,
        }
        partitioner = partitioner or self.partitioner
        get = functools.partial(_get_partitioned, partitioner=partitioner) if partitioner else _get
        getter = custom_getter or self.custom_getter
        with name_scope(None):
            if getter is None:
                return get(full_name, **arguments)
            return getter(get, full_name, **arguments)


def _get(
    name,
    shape=None,
    dtype=dtypes.float32,
    initializer=None,
    regularizer=None,
    reuse=None,
    trainable=None,
    collections=None,
    validate_shape=True,
    use_resource=None,
    constraint=None,
    part=None,
    **ignored,
):
    store = _Store.of_default_graph()
    dtype = dtypes.as_dtype(dtype)
    found = _reused("Variable", store.variables, name, shape, dtype, reuse)
    if found is not None:
        return found
    is_value = initializer is not None and not callable(initializer)
    if is_value and shape is not None:
        raise ValueError("If initializer is a constant, do not specify shape.")
    if initializer is None:
        initializer = _default_initializer(name, dtype)
    if isinstance(initializer, type):
        initializer = initializer(dtype=dtype)
    if not is_value:
        dims = shapes.as_shape(shape)
        if shape is None or not dims.is_fully_defined():
            raise ValueError(f"Shape of a new variable ({name}) must be fully defined, but instead was {dims}.")
        initial = _calling(initializer, dims.as_list(), dtype, part)
    else:
        initial = functools.partial(_identity, initializer)
        dtype = None  # That of the value.
    variable = Variable(
        initial,
        trainable=trainable,
        collections=collections,
        validate_shape=validate_shape,
        name=name,
        dtype=dtype,
        use_resource=use_resource,
        constraint=constraint,
        part=part,
    )
    store.variables[name] = variable
    if regularizer:
        with get_default_graph().colocate_with(variable.op), name_scope(name + "/Regularizer/"):
            loss = regularizer(variable)
        if loss is not None:
            get_default_graph().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)
    return variable


def _identity(value):
    return value


def _get_partitioned(name, shape=None, dtype=dtypes.float32, initializer=None, reuse=None, partitioner=None, **others):
    from . import partitioned

    store = _Store.of_default_graph()
    if name in store.variables:
        raise ValueError(
            f"A partitioner was provided, but an unpartitioned version of the variable was found: {name}.  Perhaps a "
            "variable of the same name was already created without partitioning?"
        )
    dtype = dtypes.as_dtype(dtype)
    found = _reused("PartitionedVariable", store.partitioned, name, shape, dtype, reuse)
    if found is not None:
        return found
    whole = shapes.as_shape(initializer.shape if shape is None and hasattr(initializer, "shape") else shape)
    partitions = partitioned.partitions_of(partitioner, whole, dtype)
    dims = whole.as_list()
    parts = []
    for i, (offset, own) in enumerate(partitioned.parts_of(dims, partitions)):
        part_name = f"{name}/part_{i}"
        initial = partitioned.initializer_of_part(initializer, dtype, part_name, offset, own)
        own = own if initial is None or callable(initial) else None
        with name_scope(None):
            parts.append(_get(part_name, own, dtype, initial, reuse=reuse, part=(name, dims, offset), **others))
    found = partitioned.PartitionedVariable(name, whole, dtype, parts, partitions)
    store.partitioned[name] = found
    return found


def _calling(initializer, dims, dtype, part=None):
    """A function of no arguments for an initializer: a class's object, or a function of the shape alone."""

    def make():
        told = {}
        if part is not None and "partition_info" in inspect.signature(initializer).parameters:
            from .partitioned import PartitionInfo

            told["partition_info"] = PartitionInfo(*part[1:])
        try:
            return initializer(dims, dtype=dtype, **told)
        except TypeError as error:
            if "dtype" not in str(error):
                raise
            return initializer(dims)

    return make


def _reused(kind, known, name, shape, dtype, reuse):
    """The one of this name, checked for what is asked for; None where a new one is to be made."""
    found = known.get(name)
    if found is not None:
        return _found(name, found, shape, dtype, reuse)
    if reuse is True:
        raise ValueError(
            f"{kind} {name} does not exist, or was not created with tf.get_variable(). Did you mean to set "
            "reuse=tf.AUTO_REUSE in VarScope?"
        )
    return None


def _found(name, found, shape, dtype, reuse):
    if not reuse:
        raise ValueError(
            f"Variable {name} already exists, disallowed. Did you mean to set reuse=True or reuse=tf.AUTO_REUSE in "
            "VarScope?"
        )
    if shape is not None and not shapes.as_shape(shape).is_compatible_with(found.shape):
        raise ValueError(
            f"Trying to share variable {name}, but specified shape {shapes.as_shape(shape)} and found shape "
            f"{found.shape}."
        )
    if not dtype.is_compatible_with(found.dtype):
        raise ValueError(
            f"Trying to share variable {name}, but specified dtype {dtype.name} and found dtype "
            f"{found.dtype.base_dtype.name}."
        )
    return found


def _default_initializer(name, dtype):
    from . import initializers

    if dtype.is_floating:
        return initializers.GlorotUniform()
    if dtype.is_integer or dtype.is_bool or dtype is dtypes.string:
        return initializers.Zeros()
    raise ValueError(f"An initializer for variable {name} of {dtype} is required")


def get_variable_scope():
    return _Store.of_default_graph().current


def get_variable(
    name,
    shape=None,
    dtype=None,
    initializer=None,
    regularizer=None,
    trainable=None,
    collections=None,
    caching_device=None,
    partitioner=None,
    validate_shape=True,
    use_resource=None,
    custom_getter=None,
    constraint=None,
    synchronization=None,
    aggregation=None,
):
    return get_variable_scope().get_variable(
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=collections,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
    )


def get_local_variable(name, shape=None, dtype=None, initializer=None, collections=None, **kwargs):
    collections = [*(collections or []), GraphKeys.LOCAL_VARIABLES]
    return get_variable(name, shape, dtype, initializer, trainable=False, collections=collections)


class variable_scope:
    """A scope for variables, and for the names of nodes too."""

    def __init__(
        self,
        name_or_scope,
        default_name=None,
        values=None,
        initializer=None,
        regularizer=None,
        caching_device=None,
        partitioner=None,
        custom_getter=None,
        reuse=None,
        dtype=None,
        use_resource=None,
        constraint=None,
        auxiliary_name_scope=True,
    ):
        if name_or_scope is None and default_name is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if reuse not in (None, True, False, AUTO_REUSE):
            raise ValueError("The reuse parameter must be True or False or None.")
        self._where = name_or_scope
        self._default_name = default_name
        self._changes = {
            "initializer": initializer,
            "regularizer": regularizer,
            "partitioner": partitioner,
            "custom_getter": custom_getter,
            "dtype": dtype,
            "use_resource": use_resource,
            "constraint": constraint,
        }
        self._reuse = reuse
        self._has_name_scope = auxiliary_name_scope

    def __enter__(self):
        self._store = _Store.of_default_graph()
        self._outer = outer = self._store.current
        self._counts = None
        if isinstance(self._where, VariableScope):
            source, short = self._where, self._where.name.rpartition("/")[2]
            name, reuse = source.name, self._reuse or source.reuse
            self._counts = {key: n for key, n in self._store.counts.items() if key.startswith(name + "/")}
            for key in self._counts:
                self._store.counts[key] = 0
        else:
            source = outer
            short = self._where if self._where is not None else self._unique(outer, self._default_name)
            name = f"{outer.name}/{short}" if outer.name else short
            reuse = self._reuse or outer.reuse
        self._scope = None
        scope_name = get_default_graph().scope_name
        if self._has_name_scope and short:
            # A scope that is entered again by its own object gets a new scope of names.
            self._scope = name_scope(short)
            scope_name = self._scope.__enter__()
        elif self._has_name_scope:
            scope_name = scope_name + "/" if scope_name else ""
        self._store.counts[name] = self._store.counts.get(name, 0) + 1
        changes = {key: value for key, value in self._changes.items() if value is not None}
        made = source._copy(_name=name, **changes)
        made.reuse = reuse
        if not isinstance(self._where, VariableScope):
            made.original_name_scope = scope_name
        self._store.current = made
        return made

    def _unique(self, outer, default_name):
        prefix = f"{outer.name}/{default_name}" if outer.name else default_name
        if not self._store.counts.get(prefix):
            return default_name
        i = 1
        while self._store.counts.get(f"{prefix}_{i}"):
            i += 1
        return f"{default_name}_{i}"

    def __exit__(self, *_):
        if self._scope is not None:
            self._scope.__exit__()
        if self._counts is not None:
            self._store.counts.update(self._counts)
        else:
            # Scopes within count anew when this one is entered again.
            name = self._store.current.name + "/"
            for key in self._store.counts:
                if key.startswith(name):
                    self._store.counts[key] = 0
        self._store.current = self._outer


@contextlib.contextmanager
def variable_op_scope(values, name_or_scope, default_name=None, **kwargs):
    with variable_scope(name_or_scope, default_name, values, **kwargs) as scope:
        yield scope


def make_template(name_, func_, create_scope_now_=False, unique_name_=None, custom_getter_=None, **kwargs):
    """A function that makes its variables at its first call and uses them again at later ones."""
    state = {"scope": None}

    def template(*args, **more):
        if state["scope"] is None:
            with variable_scope(unique_name_, name_ if unique_name_ is None else None) as scope:
                state["scope"] = scope
                return func_(*args, **{**kwargs, **more})
        with variable_scope(state["scope"], reuse=True):
            return func_(*args, **{**kwargs, **more})

    return template

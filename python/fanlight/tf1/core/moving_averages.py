"""tf.train.ExponentialMovingAverage: the engine's."""

from fanlight import _engine

from .graph import get_default_graph
from .optimizer import number_of
from .variable_scope import get_variable_scope
from .variables import Variable, global_variables, moving_average_variables, trainable_variables, variable_of


class ExponentialMovingAverage:
    """Averages of variables and of tensors that follow them slowly."""

    def __init__(self, decay, num_updates=None, zero_debias=False, name="ExponentialMovingAverage"):
        self._decay, self._num_updates, self._zero_debias, self._name = decay, num_updates, zero_debias, name
        self._engine = None

    name = property(lambda self: self._name)

    def apply(self, var_list=None):
        followed = trainable_variables() if var_list is None else list(var_list)
        for each in followed:
            if not each.dtype.base_dtype.is_floating:
                raise TypeError(f"The variables must be half, float, or double: {each.name}")
        if self._engine is None:
            updates = None if self._num_updates is None else _count(self._num_updates)
            self._engine = _engine.moving_average(self._decay, updates, self._zero_debias, self._name)
        engine_takes = [each._nodes if isinstance(each, Variable) else each for each in followed]
        return self._engine.apply(get_default_graph(), engine_takes, get_variable_scope().name)

    def average(self, var):
        of = var._nodes.ref if isinstance(var, Variable) else var
        found = None if self._engine is None else self._engine.average(var.graph, of)
        return None if found is None else variable_of(found)

    def average_name(self, var):
        average = self.average(var)
        if average is not None:
            return average.op.name
        name = unused = f"{var.op.name}/{self._name}"
        graph, i = get_default_graph(), 0
        while graph.find_operation(unused) is not None:
            i += 1
            unused = f"{name}_{i}"
        return unused

    def variables_to_restore(self, moving_avg_variables=None):
        """Variables by the names of their averages where they have or could have one, else by their own."""
        if moving_avg_variables is None:
            moving_avg_variables = trainable_variables() + moving_average_variables()
        averaged = list(dict.fromkeys(moving_avg_variables))
        found = {self.average_name(variable): variable for variable in averaged}
        names = {variable.name for variable in averaged}
        for variable in global_variables():
            if variable.name not in names:
                found.setdefault(variable.op.name, variable)
        return found


def _count(value):
    return value if isinstance(value, int) else number_of(value)

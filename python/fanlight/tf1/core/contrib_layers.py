"""tf.contrib.layers: the layer that programs take from there most."""

from . import initializers, layers
from .generated import relu
from .graph import GraphKeys, get_default_graph
from .variable_scope import variable_scope

_ZEROS = initializers.Zeros()


def fully_connected(
    inputs,
    num_outputs,
    activation_fn=relu,
    normalizer_fn=None,
    normalizer_params=None,
    weights_initializer=None,
    weights_regularizer=None,
    biases_initializer=_ZEROS,
    biases_regularizer=None,
    reuse=None,
    variables_collections=None,
    outputs_collections=None,
    trainable=True,
    scope=None,
):
    """tf.layers.dense, with the names and the choices of its own: relu, Glorot's uniform weights."""
    if normalizer_fn is not None or variables_collections or outputs_collections:
        raise NotImplementedError("fully_connected: normalizer_fn and collections are not there; use tf.layers")

    def renamed(getter, name, *args, **kwargs):
        path, _, last = name.rpartition("/")
        own = {"kernel": "weights", "bias": "biases"}.get(last, last)
        variable = getter(f"{path}/{own}" if path else own, *args, **kwargs)
        if variable not in get_default_graph().get_collection(GraphKeys.MODEL_VARIABLES):
            get_default_graph().add_to_collection(GraphKeys.MODEL_VARIABLES, variable)
        return variable

    with variable_scope(scope, "fully_connected", [inputs], reuse=reuse, custom_getter=renamed) as entered:
        return layers.dense(
            inputs,
            num_outputs,
            activation_fn,
            biases_initializer is not None,
            weights_initializer or initializers.GlorotUniform(),
            biases_initializer,
            weights_regularizer,
            biases_regularizer,
            trainable=trainable,
            name=entered,
        )

"""How a case is recorded: see record_op_goldens.py."""

import base64
import json
import os
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
RANDOM = np.random.RandomState(7)


def plain(value):
    """One element as JSON, which has no NaN."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    # A float32 in as few digits as tell it from its neighbours.
    value = float(str(value)) if isinstance(value, np.float32) else float(value)
    if np.isnan(value):
        return "nan"
    if np.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def tensor(array):
    array = np.asarray(array)
    name = "string" if array.dtype.kind in "OSU" else array.dtype.name
    flat = array.reshape(-1)
    return {"dtype": name, "shape": list(array.shape), "values": [plain(v) for v in flat]}


class Family:
    """Collects the cases of one file."""

    def __init__(self, name):
        self.name = name
        self.cases = []
        # Each family draws its own numbers, so that one can be recorded without the others.
        RANDOM.seed(zlib.crc32(name.encode()))

    def add(self, name, make, *inputs, grad=True, tolerance=None, shapes=True):
        """`make(*placeholders)` gives the outputs. shapes=False: placeholders of unknown shape."""
        inputs = [np.asarray(v) for v in inputs]
        graph = tf.Graph()
        with graph.as_default(), tf.Session(graph=graph) as session:
            feeds = [tf.placeholder(v.dtype, v.shape if shapes else None, name=f"x{i}") for i, v in enumerate(inputs)]
            made = make(*feeds)
            outputs = list(made) if isinstance(made, (list, tuple)) else [made]
            feed = dict(zip(feeds, inputs))
            values = session.run(outputs, feed)
            case = {
                "name": name,
                "feeds": {f.name: tensor(v) for f, v in zip(feeds, inputs)},
                "fetches": {o.name: tensor(v) for o, v in zip(outputs, values)},
            }
            if tolerance is not None:
                case["tolerance"] = tolerance
            floats = [f for f in feeds if f.dtype.is_floating]
            y = outputs[0]
            if grad and floats and y.dtype.is_floating:
                weights = np.asarray(RANDOM.uniform(-1, 1, values[0].shape), y.dtype.as_numpy_dtype)
                incoming = tf.placeholder(y.dtype, weights.shape if shapes else None, name="weights")
                found = tf.gradients(y, floats, grad_ys=incoming)
                pairs = [(f, g) for f, g in zip(floats, found) if g is not None]
                feed[incoming] = weights
                got = session.run([g for _, g in pairs], feed)
                case["gradient"] = {
                    "y": y.name,
                    "incoming": incoming.name,
                    "weights": tensor(weights),
                    "xs": [f.name for f, _ in pairs],
                    "fetches": [g.name for _, g in pairs],
                    "values": [tensor(v) for v in got],
                }
            case["graph"] = base64.b64encode(graph.as_graph_def().SerializeToString()).decode()
        self.cases.append(case)

    def write(self, folder):
        path = os.path.join(folder, self.name + ".json")
        with open(path, "w") as file:
            file.write(f'{{"tensorflow": "{tf.__version__}", "cases": [\n')
            file.write(",\n".join(json.dumps(c, separators=(",", ":")) for c in self.cases))
            file.write("\n]}\n")
        print(f"{path}: {len(self.cases)} cases, {os.path.getsize(path)} bytes")


def numbers(*shape, low=-2.0, high=2.0, dtype=np.float32):
    return RANDOM.uniform(low, high, shape).astype(dtype)


SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-30, -1e30], np.float32)

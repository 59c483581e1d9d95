"""Names of devices: scopes in scopes, functions, variables, optimizers, what is placed beside something else."""

import contextlib
import sys

import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

BY_HANDLE = sys.argv[1:] == ["by_handle"]


def scopes():
    names = (
        ["/cpu:0"],
        ["/device:CPU:0"],
        ["cpu:0"],
        ["/job:worker", "/cpu:0"],
        ["/job:worker/task:1", "/job:ps"],
        ["/cpu:0", None],
        ["/cpu:0", None, "/task:2"],
        ["/cpu:0", ""],
        ["/gpu:1", "/job:a/replica:0"],
        ["/job:a/replica:1/task:3/device:GPU:2"],
        ["/device:XLA_CPU:*"],
        ["/device:GPU:*", "/job:x"],
        ["/CPU:0", "/GPU:0"],
        ["/task:1", "/job:b/task:2/cpu:0"],
    )
    for case in names:
        with tf.Graph().as_default(), contextlib.ExitStack() as stack:
            for name in case:
                stack.enter_context(tf.device(name))
            print(case, repr(tf.no_op().device), repr(tf.constant(1.0).device))
    for wrong in ("/nowhere:0", "cpu0", "/job"):
        with tf.Graph().as_default():
            try:
                with tf.device(wrong):
                    tf.no_op()
                print("no error")
            except (ValueError, IndexError):
                print("refused")
            print(repr(tf.no_op().device))


def functions():
    seen = []

    def place(op):
        seen.append((op.name, op.type, op.device, [tensor.name for tensor in op.inputs]))
        return "/job:ps" if op.type in ("VariableV2", "VarHandleOp") else "/job:worker/cpu:0"

    tf.reset_default_graph()
    with tf.device("/task:7"), tf.device(place):
        a = tf.constant([1.0], name="a")
        with tf.device("/gpu:0"):
            b = tf.negative(a, name="b")
        with tf.device(None):
            c = tf.negative(a, name="c")
        v = tf.Variable(a, name="v", use_resource=BY_HANDLE)
    print([op.device for op in (a.op, b.op, c.op, v.op)])
    print(seen[:2])
    held = lambda op: "/job:ps" if (op if isinstance(op, tf.NodeDef) else op.node_def).op == "Add" else "/gpu:0"
    with tf.device(held):
        total = tf.raw_ops.Add(x=a, y=b)
    print(total.op.device, [(node.name, node.op, list(node.input), node.device) for node in (total.op.node_def,)])
    with tf.control_dependencies([b, a]):
        print(list(tf.identity_n([a, c], name="both")[0].op.node_def.input))
    with tf.device(lambda op: "/device:CPU:1" if op.name == "named" else op.device):
        print(repr(tf.no_op("named").device), repr(tf.no_op("other").device))


def training():
    tf.reset_default_graph()
    tf.get_variable_scope().set_use_resource(BY_HANDLE)
    with tf.device("/cpu:0"):
        weights = tf.get_variable("weights", [2, 2], initializer=tf.zeros_initializer())
        plain = tf.Variable([1.0, 2.0], name="plain", use_resource=BY_HANDLE)
    with tf.device("/job:worker/gpu:0"):
        loss = tf.reduce_sum(tf.matmul(weights, weights, name="product"), name="loss") + tf.reduce_sum(plain * plain)
        train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss, var_list=[weights, plain], name="train")
        with tf.colocate_with(weights.op if BY_HANDLE else weights):
            beside = tf.constant(1.0, name="beside")
            with tf.device("/gpu:3"):
                within = tf.constant(1.0, name="within")
        with tf.colocate_with(beside.op), tf.colocate_with(loss.op):
            twice = tf.constant(1.0, name="twice")
    graph = tf.get_default_graph()
    for name in (
        *("weights", "weights/Assign", "weights/Momentum", "plain", "plain/Assign", "product", "loss", "train"),
        "train/learning_rate",
    ):
        op = graph.get_operation_by_name(name)
        print(name, repr(op.device), op.colocation_groups())
    print(repr(graph.get_operation_by_name("weights/Initializer/zeros").device))
    updates = [op for op in graph.get_operations() if op.type.endswith("ApplyMomentum")]
    for op in (*updates, beside.op, within.op, twice.op):
        print(op.name, repr(op.device), op.colocation_groups())
    print(weights.device, train.device)
    groups = tf.global_variables_initializer(), tf.group(beside, within), tf.group(beside, twice, loss, name="all")
    for group in (*groups, tf.group(name="none")):
        print(group.name, repr(group.device), sorted((op.name, op.device) for op in group.control_inputs))
    tf.reset_default_graph()
    with tf.device("/cpu:0"):
        weights = tf.get_variable("weights", initializer=[1.0, 2.0])
        train = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(weights * weights))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        print(session.run(weights))


scopes()
functions()
training()

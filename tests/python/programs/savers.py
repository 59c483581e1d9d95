"""Savers, graphs as messages, collections: what a program sees of them, printed. The first argument is the folder."""

import os
import sys

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
os.chdir(sys.argv[1])


def values(session, *variables):
    return [np.asarray(value).tolist() for value in session.run(list(variables))]


def definitions():
    v = tf.get_variable("v", [2], initializer=tf.ones_initializer())
    saver = tf.train.Saver({"other": v}, max_to_keep=3, name="mine", filename="elsewhere")
    own = saver.as_saver_def()
    print(own)
    print(own.version == tf.train.SaverDef.V2, own.max_to_keep, own.keep_checkpoint_every_n_hours)
    again = tf.train.Saver(saver_def=own)
    parsed = tf.train.SaverDef.FromString(own.SerializeToString())
    print(parsed == own, tf.train.Saver.from_proto(parsed).to_proto() == own)
    with tf.Session() as session:
        session.run(v.initializer)
        print(session.run(own.filename_tensor_name))
        print(again.save(session, "def/m", 4), again.last_checkpoints)
        session.run(tf.assign(v, [5.0, 6.0]))
        saver.restore(session, "def/m-4")
        print(values(session, v))
    for bad in ("nonsense", tf.train.SaverDef()):
        try:
            tf.train.Saver(saver_def=bad)
        except ValueError as error:
            print(str(error).split(":")[0])


def kept():
    v = tf.get_variable("v", [], initializer=tf.zeros_initializer())
    saver = tf.train.Saver(max_to_keep=3)
    with tf.Session() as session:
        session.run(v.initializer)
        for step in range(2):
            saver.save(session, "kept/m", step, meta_graph_suffix="graph")
        saver.set_last_checkpoints_with_time([("kept/gone", 1.0), ("kept/m-0", 2.0)])
        print(saver.last_checkpoints)
        saver.save(session, "kept/m", 2, meta_graph_suffix="graph")
        print(saver.last_checkpoints)
        saver.save(session, "kept/m", 3, meta_graph_suffix="graph")
        saver.save(session, "kept/m", 4, meta_graph_suffix="graph")
        print(saver.last_checkpoints, sorted(os.listdir("kept")))
        # Without times they count as just made, and are preserved.
        saver.set_last_checkpoints(["kept/m-1", "kept/m-2", "kept/m-3"])
        saver.save(session, "kept/m", 5)
        print(sorted(os.listdir("kept")))
        later = tf.train.Saver(defer_build=True)
        later.recover_last_checkpoints(["kept/m-5", "kept/none", "kept/m-4"])
        print(later.last_checkpoints)


def states():
    os.makedirs("states")
    tf.train.update_checkpoint_state("states", "states/m-2", ["states/m-1"], "latest")
    tf.train.update_checkpoint_state("states", "states/m-2", None, None, [1.5], 2.5)
    for name in ("checkpoint", "latest"):
        print(open("states/" + name).read())
        print(tf.train.get_checkpoint_state("states", name))
    print(tf.train.latest_checkpoint("states"), tf.train.latest_checkpoint("nowhere"))
    with open("states/checkpoint", "w") as file:
        file.write("no state {")
    print(tf.train.get_checkpoint_state("states"), tf.train.latest_checkpoint("states"))
    v = tf.get_variable("v", [])
    with tf.Session() as session:
        session.run(v.initializer)
        path = tf.train.Saver().save(session, "states/m", 7)
    print(tf.train.checkpoint_exists(path), len(tf.train.get_checkpoint_mtimes([path, "states/no"])))
    tf.train.remove_checkpoint(path)
    print(tf.train.checkpoint_exists(path), sorted(os.listdir("states")))


def reshaped():
    v = tf.get_variable("v", initializer=[1.0, 2.0])
    with tf.Session() as session:
        session.run(v.initializer)
        path = tf.train.Saver().save(session, "reshaped/m")
    tf.reset_default_graph()
    v = tf.get_variable("v", [1, 2])
    saver = tf.train.Saver(reshape=True)
    strict = tf.train.Saver()
    with tf.Session() as session:
        saver.restore(session, path)
        print(values(session, v))
        try:
            strict.restore(session, path)
        except (tf.errors.InvalidArgumentError, ValueError):
            print("the shapes differ")
    print([(op.name, op.type) for op in tf.get_default_graph().get_operations() if "Reshape" in op.name])
    # As another program finds it in the graph.
    saver.export_meta_graph("reshaped/again.meta")
    tf.reset_default_graph()
    saver = tf.train.import_meta_graph("reshaped/again.meta")
    with tf.Session() as session:
        saver.restore(session, path)
        print(values(session, *tf.global_variables()))


def graphs():
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.device("/device:CPU:0"):
        v = tf.get_variable("v", initializer=[1.0, 2.0])
    y = tf.multiply(x, v, name="y")
    with tf.control_dependencies([y]):
        tf.add(y, x, name="z")
    for name, items in (("n", [5, 6]), ("text", ["abc", b"def"]), ("half", [0.5, 1]), ("mixed", [1, "a"]), ("y", [y])):
        for item in items:
            tf.add_to_collection(name, item)
    tf.add_to_collection("mine", v)
    saver = tf.train.Saver()
    with tf.Session() as session:
        session.run(v.initializer)
        saver.save(session, "graphs/m")
    message = saver.export_meta_graph("graphs/text.meta", as_text=True, collection_list=["n", "variables"])
    print(open("graphs/text.meta").read(1) in "mg", message.saver_def == saver.as_saver_def())
    stripped = tf.train.export_meta_graph("deep/er/bare.meta", clear_devices=True, strip_default_attrs=True)
    print(stripped.HasField("saver_def"), {node.device for node in stripped.graph_def.node})
    print(len(stripped.SerializeToString()) < len(tf.train.export_meta_graph().SerializeToString()))

    for source in ("graphs/m.meta", "graphs/text.meta", message, "deep/er/bare.meta"):
        tf.reset_default_graph()
        one = tf.placeholder(tf.float32, [2])
        saver = tf.train.import_meta_graph(source, clear_devices=True, import_scope="in", input_map={"x:0": one})
        graph = tf.get_default_graph()
        print(sorted(graph.get_all_collection_keys()))
        for key in ("n", "half"):
            print(key, tf.get_collection(key))
        for key in ("y", "mine", "variables"):
            print(key, [item.name for item in tf.get_collection(key)])
        print(graph.get_tensor_by_name("in/y:0").op.inputs[0] == one, graph.get_tensor_by_name("in/v:0").device)
        print(saver.as_saver_def())
        with tf.Session() as session:
            try:
                saver.restore(session, "graphs/m")
                print(session.run(["in/y:0", "in/z:0"], {one: [3.0, 4.0]}))
            except tf.errors.NotFoundError:
                print("a saver of its own has names of its own")
    try:
        tf.train.import_meta_graph("graphs/m.meta", import_scope="other", input_map={"no:0": one})
    except ValueError:
        print("no such input")
    tf.reset_default_graph()
    tf.train.import_meta_graph("graphs/m.meta")
    print(tf.get_collection("text"))
    try:
        tf.train.import_meta_graph("graphs/none.meta")
    except OSError as error:
        print(error)
    tf.reset_default_graph()
    tf.constant(1.0)
    print(tf.train.import_meta_graph(tf.train.export_meta_graph(), import_scope="copy"))


def halves():
    v = tf.get_variable("v", [3], tf.bfloat16, initializer=tf.zeros_initializer())
    fed = tf.placeholder(tf.bfloat16, [3])
    with tf.Session() as session:
        session.run(v.initializer)
        session.run(tf.assign(v, fed), {fed: [1.0, 1.003, -2.5]})
        got = session.run(v)
        print(got.dtype, got.shape, got.astype(np.float32).tolist())
        got[0] = 3
        session.run(tf.assign(v, fed), {fed: got})
        print(session.run(tf.cast(v, tf.float32)).tolist())
        one = session.run(tf.constant(1.5, tf.bfloat16))
        print(one.dtype, float(one), tf.constant(got).dtype, tf.zeros([2], tf.bfloat16).dtype, tf.bfloat16.size)
        path = tf.train.Saver().save(session, "halves/m")
    loaded = tf.train.load_variable(path, "v")
    print(loaded.dtype, loaded.astype(np.float64).tolist())
    print(tf.train.NewCheckpointReader(path).get_tensor("v").dtype, tf.as_dtype(loaded.dtype) == tf.bfloat16)


def parts():
    tf.set_random_seed(5)
    cut = tf.fixed_size_partitioner(3)
    ones = tf.placeholder(tf.float32, [1, 7])
    with tf.variable_scope("in", partitioner=cut):
        w = tf.get_variable("w", [7, 2])
    b = tf.get_variable("b", initializer=tf.constant([[1.0, 2.0, 3.0]]), partitioner=tf.fixed_size_partitioner(2, 1))
    tf.get_variable("whole", [2], initializer=tf.zeros_initializer())
    y = tf.matmul(ones, w, name="y")
    print(w.name, w.shape, len(w), [v.name for v in tf.global_variables()], [v.shape.as_list() for v in w])
    with tf.variable_scope("in", reuse=True, partitioner=cut):
        print(tf.get_variable("w", [7, 2]) is w)
    print([(op.name, op.type) for op in tf.get_default_graph().get_operations() if "Partitions" in op.name])
    train = tf.train.GradientDescentOptimizer(0.5).minimize(tf.reduce_sum(y))
    saver = tf.train.Saver()
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        print(session.run([w.as_tensor(), b.as_tensor()]))
        session.run(train, {ones: np.ones([1, 7])})
        kept = session.run(w.as_tensor())
        print(kept)
        path = saver.save(session, "parts/m")
        session.run(w.assign(tf.zeros([7, 2])))
        print(session.run(y, {ones: np.ones([1, 7])}))
        saver.restore(session, path)
        print(np.array_equal(session.run(w.as_tensor()), kept))
        tf.train.Saver({"other": w}).save(session, "parts/named")
        tf.train.Saver(list(w)).save(session, "parts/some")
    for name in ("m", "named", "some"):
        print(tf.train.list_variables("parts/" + name))
    print(tf.train.load_variable("parts/named", "other"))
    # The whole in one, and in other parts.
    tf.reset_default_graph()
    w = tf.get_variable("in/w", [7, 2])
    with tf.variable_scope("v"):
        v = tf.get_variable("w", [7, 2], partitioner=tf.variable_axis_size_partitioner(16))
    m = tf.get_variable("m", [8, 4], partitioner=tf.min_max_variable_partitioner(4, min_slice_size=40))
    print(len(v), len(m))
    tf.train.init_from_checkpoint("parts/m", {"in/w": w, "in/": "v/"})
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        print([np.array_equal(value, kept) for value in session.run([tf.identity(w), v.as_tensor()])])
        tf.train.Saver({"in/w": v}).restore(session, "parts/m")
    for names in ({"in/none": "in/w"}, {"whole": "in/w"}):
        try:
            tf.train.init_from_checkpoint("parts/m", names)
        except ValueError:
            print("no such tensor, or of another shape")


for part in (definitions, kept, states, reshaped, graphs, halves, parts):
    print(part.__name__)
    tf.reset_default_graph()
    part()

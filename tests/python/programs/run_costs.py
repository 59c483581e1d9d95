"""What a traced run tells of its nodes; collections that a program changes; savers that restore one after the other."""

import json

import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.python.client import timeline

tf.disable_v2_behavior()


def traced():
    x = tf.placeholder(tf.float32, [64, 32], name="x")
    w = tf.get_variable("w", [32, 16], initializer=tf.ones_initializer())
    y = tf.nn.relu(tf.matmul(x, w, name="product"), name="y")
    options, metadata = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), tf.RunMetadata()
    print(len(metadata.step_stats.dev_stats), metadata.HasField("step_stats"))
    with tf.Session() as session:
        session.run(w.initializer)
        session.run(y, {x: np.ones((64, 32))}, options, metadata)
    stats = metadata.step_stats.dev_stats[0]
    print(stats.device, metadata.HasField("step_stats"))
    own = [node for node in stats.node_stats if node.node_name.startswith(("product", "y"))]
    for node in own[:1]:
        print(
            node.all_start_micros > 0, node.op_end_rel_micros >= node.op_start_rel_micros, node.all_end_rel_micros > 0
        )
        print(sum(used.total_bytes for used in node.memory) >= 0, [output.slot for output in node.output])
        print([dim.size for dim in node.output[0].tensor_description.shape.dim])
        print(node.output[0].tensor_description.dtype == tf.float32.as_datatype_enum)
    again = tf.RunMetadata.FromString(metadata.SerializeToString())
    print(again == metadata, len(again.step_stats.dev_stats) == len(metadata.step_stats.dev_stats))
    again.step_stats.dev_stats[0].node_stats[0].node_name = "another"
    print(again == metadata, tf.RunMetadata.FromString(again.SerializeToString()) == again)
    copy = tf.RunMetadata()
    copy.CopyFrom(metadata)
    print(copy == metadata, copy.ByteSize() == len(metadata.SerializeToString()))
    trace = json.loads(timeline.Timeline(metadata.step_stats).generate_chrome_trace_format())
    event = [event for event in trace["traceEvents"] if event["ph"] == "X" and event["args"]["name"].startswith("y")]
    print(len(event) > 0, "traceEvents" in trace)


def keys_of(message):
    return sorted((key, len(value.node_list.value)) for key, value in message.collection_def.items())


def collections():
    tf.reset_default_graph()
    graph = tf.get_default_graph()
    a, b, c = (tf.constant(float(i), name=name) for i, name in enumerate("abc"))
    for tensor in (a, b, c):
        tf.add_to_collection("mine", tensor)
        tf.add_to_collection("others", tensor)
    reference = graph.get_collection_ref("mine")
    reference.remove(b)
    reference.append(a)
    graph.clear_collection("others")
    tf.add_to_collection("others", c)
    tf.get_collection_ref("new").extend([b, a])
    print([t.name for t in tf.get_collection("mine")], [t.name for t in tf.get_collection("others")])
    tf.train.export_meta_graph("changed.meta")
    with tf.Graph().as_default():
        tf.train.import_meta_graph("changed.meta")
        print({key: [t.name for t in tf.get_collection(key)] for key in ("mine", "others", "new")})
    v = tf.get_variable("v", [2])
    tf.get_variable("w", [2])
    tf.get_collection_ref(tf.GraphKeys.TRAINABLE_VARIABLES).remove(v)
    graph.clear_collection("mine")
    print([x.name for x in tf.trainable_variables()])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, "changed")
    with tf.Graph().as_default():
        tf.train.import_meta_graph("changed.meta")
        print(
            [x.name for x in tf.trainable_variables()],
            [x.name for x in tf.global_variables()],
            tf.get_collection("mine"),
        )


def sequential():
    for by_handle in (False, True):
        tf.reset_default_graph()
        for name in "abc":
            tf.get_variable(name, [2], initializer=tf.ones_initializer(), use_resource=by_handle)
        saver = tf.train.Saver(restore_sequentially=True)
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            path = saver.save(session, "sequential")
            session.run([tf.assign(v, [5.0, 5.0]) for v in tf.global_variables()])
            saver.restore(session, path)
            print(session.run(tf.global_variables()))


traced()
collections()
sequential()

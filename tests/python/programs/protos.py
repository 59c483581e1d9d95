"""Event files read again, variables as messages."""

import os

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


def events():
    x = tf.placeholder(tf.float32, [])
    tf.summary.scalar("loss", x)
    tf.summary.histogram("weights", [1.0, 2.0, -3.0])
    tf.summary.image("picture", tf.zeros([1, 2, 3, 1]))
    tf.summary.audio("sound", tf.zeros([1, 8, 2]), 100.0)
    merged = tf.summary.merge_all()
    writer = tf.summary.FileWriter("log", tf.get_default_graph())
    with tf.Session() as session:
        for step in range(3):
            writer.add_summary(session.run(merged, {x: 0.5 * step}), step)
    writer.add_summary(tf.Summary(value=[tf.Summary.Value(tag="own", simple_value=2.5)]), 7)
    writer.add_session_log(tf.SessionLog(status=tf.SessionLog.START), 8)
    writer.close()
    (name,) = os.listdir("log")
    path = os.path.join("log", name)
    for event in tf.train.summary_iterator(path):
        print(event.step, event.wall_time > 1e9, event.file_version, event.WhichOneof("what"), len(event.graph_def) > 0)
        print(event.HasField("summary"), event.session_log.status, event.HasField("session_log"))
        for value in event.summary.value:
            print(value.tag, value.simple_value, value.HasField("simple_value"), value.WhichOneof("value"))
            print(value.image.height, value.image.width, value.image.colorspace, value.image.encoded_image_string[:4])
            print(value.histo.num, value.histo.sum, value.histo.min, np.asarray(value.histo.bucket).sum())
            print(value.audio.sample_rate, value.audio.num_channels, value.audio.length_frames, value.HasField("audio"))
    print([len(record) > 0 for record in tf.python_io.tf_record_iterator(path)])
    with open(path, "rb") as file:
        data = file.read()
    middle = len(data) // 2
    damaged = {"cut": data[:-3], "flipped": data[:-20] + bytes([data[-20] ^ 1]) + data[-19:], "empty": b""}
    for label, changed in (*damaged.items(), ("head", data[:5]), ("half", data[:middle])):
        with open(label, "wb") as file:
            file.write(changed)
        try:
            print(label, len(list(tf.train.summary_iterator(label))))
        except tf.errors.DataLossError:
            print(label, "is damaged")
    try:
        list(tf.train.summary_iterator("nothing"))
    except tf.errors.NotFoundError:
        print("not found")


def names_of(message):
    return (
        *(message.variable_name, message.initializer_name, message.snapshot_name, message.initial_value_name),
        *(message.is_resource, message.trainable, message.HasField("save_slice_info_def")),
    )


def variables():
    for by_handle in (False, True):
        tf.reset_default_graph()
        with tf.variable_scope("scope", use_resource=by_handle):
            v = tf.get_variable("v", initializer=tf.constant([0.5, 0.25]))
            w = tf.Variable([1.0, 2.0], name="w", trainable=False)
        print(names_of(v.to_proto()), names_of(w.to_proto()))
        print(names_of(v.to_proto("scope")), v.to_proto(export_scope="other"))
        with tf.Session() as session:
            session.run([v.initializer, w.initializer])
            print(session.run([v, w]))
    tf.reset_default_graph()
    v = tf.get_variable("v", initializer=tf.constant([0.5, 0.25]))
    message = v.to_proto()
    print(message)
    part = tf.get_variable("parts", [4, 2], partitioner=tf.fixed_size_partitioner(2))
    for one in part:
        info = one.to_proto().save_slice_info_def
        print(info.full_name, list(info.full_shape), list(info.var_offset), list(info.var_shape))
    again = tf.Variable.from_proto(message)
    print(again.name, again.shape, again.dtype.name, again.op.name, again.initializer.name, again.trainable)
    graph = tf.get_default_graph().as_graph_def()
    with tf.Graph().as_default(), tf.Session() as session:
        tf.import_graph_def(graph, name="copy")
        copied = tf.Variable.from_proto(message, import_scope="copy")
        print(copied.name, copied.initial_value.name, tf.global_variables())
        (gradient,) = tf.gradients(copied * copied, copied)
        session.run(copied.initializer)
        print(session.run([copied, gradient]), session.run(tf.assign(copied, [1.0, 3.0])))
        try:
            tf.Variable.from_proto(message, import_scope="elsewhere")
        except KeyError:
            print("not there")


events()
variables()

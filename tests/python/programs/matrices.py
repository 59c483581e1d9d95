"""Diagonals of matrices, identities, tf.einsum: values and gradients, shapes, what is refused."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
RANDOM = np.random.RandomState(3)


def rounded(value):
    return (np.round(np.asarray(value, np.float64), 4) + 0.0).tolist()


def show(label, tensor, session, feed=None):
    print(label, tensor.dtype.name, tensor.shape, rounded(session.run(tensor, feed)))


def diagonals():
    tf.reset_default_graph()
    with tf.Session() as session:
        for made in (
            tf.eye(3),
            tf.eye(2, 3, dtype=tf.int32),
            tf.eye(3, 2, batch_shape=[2]),
            tf.eye(tf.constant(2)),
            tf.eye(tf.constant(2), 3, name="named"),
            tf.eye(2, batch_shape=tf.constant([2, 1])),
            tf.linalg.eye(0),
            tf.diag([1.0, 2.0]),
            tf.diag_part(tf.reshape(tf.range(16.0), [2, 2, 2, 2])),
            tf.linalg.tensor_diag_part([[1, 2], [3, 4]]),
            tf.matrix_diag([[1.0, 2.0], [3.0, 4.0]]),
            tf.linalg.diag([1, 2], k=1, num_cols=4, padding_value=9),
            tf.linalg.diag([[0, 5], [6, 7]], k=(0, 1), name="two"),
            tf.matrix_diag_part([[1, 2], [3, 4], [5, 6]]),
            tf.linalg.diag_part([[1, 2, 3], [3, 4, 5]], k=(-1, 1), padding_value=-1, align="LEFT_LEFT"),
            tf.matrix_set_diag(tf.ones([2, 3]), [5.0, 6.0]),
            tf.linalg.set_diag(tf.ones([3, 3]), [5.0, 6.0], k=-1),
            tf.matrix_band_part(tf.ones([3, 3]), -1, 0),
            tf.linalg.band_part(tf.ones([2, 3, 3]), 0, 1),
            tf.trace([[1.0, 2.0], [3.0, 4.0]]),
            tf.linalg.trace(tf.ones([2, 3, 4]), name="sums"),
        ):
            show(made.name, made, session)
        x = tf.constant(RANDOM.rand(3, 3))
        for y in (tf.trace(x), tf.matrix_diag_part(x), tf.matrix_band_part(x, 1, 0), tf.diag_part(x), tf.diag(x[0])):
            show("gradient", tf.gradients(tf.reduce_sum(y * y), x)[0], session)
        wrong = (
            lambda: tf.matrix_diag_part(tf.ones([3])),
            lambda: tf.linalg.diag_part(tf.ones([2, 2]), k=5),
            lambda: tf.linalg.diag(tf.ones([2]), num_rows=1),
            lambda: tf.diag_part(tf.ones([2, 3])),
            lambda: tf.linalg.diag(tf.ones([2, 2]), k=(1, 0)),
        )
        for make in wrong:
            try:
                make()
                print("no error")
            except ValueError:
                print("refused")
        try:
            tf.eye(2.5)
        except TypeError:
            print("no integer")


EQUATIONS = (
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ij,kj->ki", (2, 3), (4, 3)),
    ("ji,jk->ik", (3, 2), (3, 4)),
    ("i,i->", (3,), (3,)),
    ("i,j->ij", (3,), (2,)),
    ("i,j->ji", (3,), (2,)),
    ("ij,ij->ij", (2, 3), (2, 3)),
    ("ij,j->i", (2, 3), (3,)),
    ("ij,ij->", (2, 3), (2, 3)),
    ("ij,i->ij", (2, 3), (2,)),
    (",ij->ji", (), (2, 3)),
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 2)),
    ("bij,bkj->bik", (2, 3, 4), (2, 2, 4)),
    ("bij,jk->bik", (2, 3, 4), (4, 2)),
    ("bqhd,bkhd->bhqk", (2, 3, 2, 4), (2, 5, 2, 4)),
    ("bhqk,bkhd->bqhd", (2, 2, 3, 5), (2, 5, 2, 4)),
    ("abc,cd,de->abe", (2, 3, 4), (4, 2), (2, 3)),
    ("abij,acjk->abcik", (2, 2, 3, 4), (2, 3, 4, 2)),
    ("abjk,kjc->abc", (2, 2, 3, 4), (4, 3, 2)),
    ("ij,kl->ijkl", (2, 1), (2, 3)),
    ("ij,kl->il", (2, 3), (2, 4)),
    ("ab,bc,cd,da->", (2, 3), (3, 4), (4, 2), (2, 2)),
    ("i,i,i->i", (3,), (3,), (3,)),
    ("ij->ji", (2, 3)),
    ("ij->j", (2, 3)),
    ("ij->", (2, 3)),
    ("ji", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("iji->j", (3, 2, 3)),
    ("aab,bb->ab", (2, 2, 3), (3, 3)),
    ("...ij,...jk->...ik", (2, 2, 3), (2, 3, 4)),
    ("...ij,jk->...ik", (5, 2, 2, 3), (3, 4)),
    ("...i->...", (2, 3)),
    ("i...,...->...i", (3, 2), (2,)),
    ("...ij,...jk->...ik", (2, 1, 2, 3), (4, 3, 2)),
    (" i j , j k -> i k ", (2, 3), (3, 2)),
)


def einsums():
    for told in (True, False):
        for equation, *shapes in EQUATIONS:
            tf.reset_default_graph()
            arrays = [RANDOM.uniform(-1, 1, shape) for shape in shapes]
            dims = [shape if told else [None] * len(shape) for shape in shapes]
            inputs = [tf.placeholder(tf.float64, d) for d in dims]
            feed = dict(zip(inputs, arrays))
            result = tf.einsum(equation, *inputs)
            with tf.Session() as session:
                show(equation, result, session, feed)
                for gradient in tf.gradients(tf.reduce_sum(tf.square(result)), inputs):
                    print(rounded(session.run(gradient, feed)))
    tf.reset_default_graph()
    with tf.Session() as session:
        show("integers", tf.einsum("ij,j->i", tf.constant([[1, 2], [3, 4]]), tf.constant([5, 6])), session)
        show("named", tf.linalg.einsum("ij->i", tf.ones([2, 2]), name="rows"), session)
    zeros = tf.zeros([2, 2])
    wrong = (
        lambda: tf.einsum("ij,jk->ik", zeros),
        lambda: tf.einsum("ij,jk->il", zeros, zeros),
        lambda: tf.einsum("ij,jk->ii", zeros, zeros),
        lambda: tf.einsum("i1->i", zeros),
        lambda: tf.einsum("ij,jk->ik", zeros, tf.zeros([3, 2])),
        lambda: tf.einsum("ijk->i", zeros),
        lambda: tf.einsum("ii->i", tf.zeros([2, 3])),
        lambda: tf.einsum("...i->i", zeros),
        lambda: tf.einsum("i.j->i", zeros),
        lambda: tf.einsum("...ij...->i", zeros),
    )
    for make in wrong:
        try:
            make()
            print("no error")
        except ValueError:
            print("refused")
    try:
        tf.einsum("ij->i", zeros, path=1)
    except TypeError:
        print("no such argument")


diagonals()
einsums()

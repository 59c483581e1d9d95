"""The tutorials' programs, unchanged on TensorFlow and on ours: the same prints, losses within 1e-5 of each other."""

import struct

import pytest
from conftest import PROGRAMS, assert_same_output, output_of


def both(program, tmp_path, *arguments, **kwargs):
    """What the program prints on ours and on TensorFlow, each in a directory of its own."""
    outputs = []
    for name, on_tensorflow in (("ours", False), ("tensorflow", True)):
        folder = tmp_path / name
        folder.mkdir()
        outputs.append(output_of([PROGRAMS / f"{program}.py", *arguments], folder, on_tensorflow, **kwargs))
    return outputs


def scalars_of(folder, tag):
    """(step, value) of the tag's points, read by TensorBoard's own reader."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    events.Reload()
    # Those of an op may stand as tensors.
    if tag in events.Tags()["scalars"]:
        return [(point.step, point.value) for point in events.Scalars(tag)]
    return [(p.step, struct.unpack("<f", p.tensor_proto.tensor_content)[0]) for p in events.Tensors(tag)]


def test_linear_regression_with_summaries(tmp_path):
    ours, theirs = both("linear_regression", tmp_path, "--logdir", "log", "--training_epochs", "200")
    assert_same_output(ours, theirs)
    points = scalars_of(tmp_path / "ours/log", "loss")
    assert [step for step, _ in points] == [833, 1683, 2533, 3383]
    for (_, ours_value), (_, value) in zip(points, scalars_of(tmp_path / "tensorflow/log", "loss")):
        assert ours_value == pytest.approx(value, rel=1e-5)


def test_two_sessions_with_a_saver(tmp_path):
    ours, theirs = both("save_and_restore", tmp_path, "--directory", ".")
    assert_same_output(ours, theirs)
    # The checkpoint is one of TensorFlow's.
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(tmp_path / "ours/model.ckpt"))
    assert reader.get_variable_to_shape_map() == {"weight": [], "bias": []}


def test_softmax_regression(tmp_path, mnist_dir):
    assert_same_output(*both("softmax_regression", tmp_path, "--data_dir", mnist_dir))


def test_fully_connected_feed(tmp_path, mnist_dir):
    arguments = ["--input_data_dir", mnist_dir, "--log_dir", "log", "--max_steps", "300"]
    assert_same_output(*both("fully_connected_feed", tmp_path, *arguments))
    ours, theirs = (scalars_of(tmp_path / name / "log", "loss") for name in ("ours", "tensorflow"))
    assert [step for step, _ in ours] == [step for step, _ in theirs] == [0, 100, 200]
    assert (tmp_path / "ours/log/model.ckpt-299.index").exists()


def test_deep_cnn(tmp_path, mnist_dir):
    assert_same_output(*both("deep_cnn", tmp_path, "--data_dir", mnist_dir))


def test_mnist_with_summaries(tmp_path, mnist_dir):
    assert_same_output(*both("mnist_with_summaries", tmp_path, "--data_dir", mnist_dir, "--log_dir", "log"))
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    ours, theirs = (EventAccumulator(str(tmp_path / name / "log/train")) for name in ("ours", "tensorflow"))
    ours.Reload()
    theirs.Reload()
    assert {key: value for key, value in ours.Tags().items()} == theirs.Tags()


def test_logistic_regression(tmp_path, mnist_dir):
    assert_same_output(*both("logistic_regression", tmp_path, "--data_dir", mnist_dir))


def test_autoencoder(tmp_path, mnist_dir):
    assert_same_output(*both("autoencoder", tmp_path, "--data_dir", mnist_dir))


@pytest.mark.parametrize("loss", ["nce", "sampled_softmax"])
def test_word2vec(tmp_path, loss):
    assert_same_output(*both("word2vec", tmp_path, "--loss", loss))


@pytest.mark.parametrize(
    "optimizer, rate",
    [("Momentum", 0.1), ("Adagrad", 0.2), ("Adadelta", 1), ("Ftrl", 0.2), ("RMSProp", 0.01), ("Adam", 0.02)],
)
def test_word2vec_updates_the_rows_that_a_batch_has(tmp_path, optimizer, rate):
    arguments = ["--optimizer", optimizer, "--rate", str(rate), "--steps", "100"]
    ours, theirs = both("word2vec", tmp_path, *arguments)
    assert_same_output(ours, theirs)
    assert ours.startswith("IndexedSlices IndexedSlices IndexedSlices")


def test_rows_of_gradients_are_clipped_as_rows(tmp_path):
    assert_same_output(*both("word2vec", tmp_path, "--steps", "50", "--clip", "0.1"))


@pytest.mark.parametrize("kind", ["by_reference", "by_handle"])
def test_optimizers_of_a_programs_own(tmp_path, kind):
    assert_same_output(*both("own_optimizers", tmp_path, kind), atol=2e-6)


@pytest.mark.parametrize("kind", ["by_reference", "by_handle"])
def test_rows_slices_and_elements_of_variables(tmp_path, kind):
    assert_same_output(*both("variable_parts", tmp_path, kind))


def test_monitored_sessions_one_after_the_other(tmp_path):
    assert_same_output(*both("monitored", tmp_path))


def test_assertions_and_clipping(tmp_path):
    assert_same_output(*both("assertions", tmp_path))


@pytest.mark.parametrize("kind", ["by_reference", "by_handle"])
def test_branches(tmp_path, kind):
    assert_same_output(*both("branches", tmp_path, kind), atol=2e-5)


def test_costs_of_runs_and_collections_that_change(tmp_path):
    assert_same_output(*both("run_costs", tmp_path))


def test_more_functions(tmp_path):
    assert_same_output(*both("more_functions", tmp_path), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("kind", ["by_reference", "by_handle"])
def test_moving_averages(tmp_path, kind):
    assert_same_output(*both("moving_averages", tmp_path, kind))


@pytest.mark.parametrize("kind", ["by_reference", "by_handle"])
def test_what_waits_for_an_update_sees_it(tmp_path, kind):
    assert_same_output(*both("after_updates", tmp_path, kind))


@pytest.mark.parametrize("kind", ["by_reference", "by_handle"])
def test_metrics(tmp_path, kind):
    assert_same_output(*both("metrics", tmp_path, kind))


def test_diagonals_and_einsum(tmp_path):
    assert_same_output(*both("matrices", tmp_path), rtol=1e-4, atol=2e-4)


@pytest.mark.parametrize("kind", ["by_reference", "by_handle"])
def test_more_optimizers(tmp_path, kind):
    assert_same_output(*both("more_optimizers", tmp_path, kind), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("kind", ["by_reference", "by_handle"])
def test_variables_begin_at_the_values_of_others(tmp_path, kind):
    assert_same_output(*both("initial_values", tmp_path, kind))


def test_functions_of_python_and_kinds_of_fetches(tmp_path):
    assert_same_output(*both("python_functions", tmp_path))


@pytest.mark.parametrize("kind", ["by_reference", "by_handle"])
def test_devices(tmp_path, kind):
    assert_same_output(*both("devices", tmp_path, kind))


def test_events_and_variables_as_messages(tmp_path):
    assert_same_output(*both("protos", tmp_path))


def test_convolutions_along_one_dimension(tmp_path):
    assert_same_output(*both("sequences", tmp_path), rtol=1e-4, atol=2e-4)


def test_odds_and_ends(tmp_path):
    assert_same_output(*both("odds_and_ends", tmp_path), rtol=1e-4, atol=2e-4)

"""The messages that savers make and read: SaverDef and CheckpointState."""

from .fields_message import FieldsMessage


class SaverDef(FieldsMessage):
    """tf.train.SaverDef: the nodes of a saver, and what it keeps."""

    LEGACY, V1, V2 = range(3)

    class CheckpointFormatVersion:
        LEGACY, V1, V2 = range(3)

    TABLE = (
        (1, "filename_tensor_name", "string", False),
        (2, "save_tensor_name", "string", False),
        (3, "restore_op_name", "string", False),
        (4, "max_to_keep", "int32", False),
        (5, "sharded", "bool", False),
        (6, "keep_checkpoint_every_n_hours", "float", False),
        (7, "version", "int32", False),
    )

    def _text(self, name, value):
        return ("LEGACY", "V1", "V2")[value] if name == "version" else super()._text(name, value)


class CheckpointState(FieldsMessage):
    """tf.train.CheckpointState: what the file `checkpoint` says."""

    TABLE = (
        (1, "model_checkpoint_path", "string", False),
        (2, "all_model_checkpoint_paths", "string", True),
        (3, "all_model_checkpoint_timestamps", "double", True),
        (4, "last_preserved_timestamp", "double", False),
    )

"""What event files hold, as messages: tf.Event and what is in it; and the files, read record by record."""

from fanlight import _engine

from .fields_message import define
from .messages import Summary

LogMessage = define("LogMessage", level=(1, "int32"), message=(2, "string"))
_SessionLog = define("SessionLog", status=(1, "int32"), checkpoint_path=(2, "string"), msg=(3, "string"))
TaggedRunMetadata = define("TaggedRunMetadata", tag=(1, "string"), run_metadata=(2, "bytes"))
SourceMetadata = define("SourceMetadata", writer=(1, "string"))
Event = define(
    "Event",
    wall_time=(1, "double"),
    step=(2, "int64"),
    file_version=(3, "string"),
    graph_def=(4, "bytes"),
    summary=(5, Summary),
    log_message=(6, LogMessage),
    session_log=(7, _SessionLog),
    tagged_run_metadata=(8, TaggedRunMetadata),
    meta_graph_def=(9, "bytes"),
    source_metadata=(10, SourceMetadata),
)
Event.ONEOFS = {
    "what": (
        *("file_version", "graph_def", "summary", "log_message", "session_log", "tagged_run_metadata"),
        "meta_graph_def",
    )
}


def tf_record_iterator(path, options=None):
    """The records of a file, as bytes. It ends with a DataLossError where the file is damaged or cut off."""
    if options is not None:
        raise NotImplementedError("tf_record_iterator: files of records that are compressed are not read")
    reader = _engine.open_records(str(path))
    while (record := reader.next()) is not None:
        yield record


def summary_iterator(path):
    """The events of an event file."""
    for record in tf_record_iterator(path):
        yield Event.FromString(record)

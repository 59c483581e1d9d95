"""The kinds of values that summaries have, to look at."""

from .fields_message import define

HistogramProto = define(
    "HistogramProto",
    min=(1, "double"),
    max=(2, "double"),
    num=(3, "double"),
    sum=(4, "double"),
    sum_squares=(5, "double"),
    bucket_limit=(6, "double", "repeated"),
    bucket=(7, "double", "repeated"),
)
_Image = define(
    "Image",
    height=(1, "int32"),
    width=(2, "int32"),
    colorspace=(3, "int32"),
    encoded_image_string=(4, "bytes"),
)
_Audio = define(
    "Audio",
    sample_rate=(1, "float"),
    num_channels=(2, "int64"),
    length_frames=(3, "int64"),
    encoded_audio_string=(4, "bytes"),
    content_type=(5, "string"),
)
_PluginData = define("PluginData", plugin_name=(1, "string"), content=(2, "bytes"))
_Metadata = define(
    "SummaryMetadata",
    plugin_data=(1, _PluginData),
    display_name=(2, "string"),
    summary_description=(3, "string"),
    data_class=(4, "int32"),
)

# Of Summary.Value: those that can be looked at, and those of which one is there.
PARTS = {"image": (4, _Image), "histo": (5, HistogramProto), "audio": (6, _Audio), "metadata": (9, _Metadata)}
NUMBERS = {"obsolete_old_style_histogram": 3, "image": 4, "histo": 5, "audio": 6, "tensor": 8}

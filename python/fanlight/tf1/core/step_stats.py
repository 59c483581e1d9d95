"""What a run cost, as TensorFlow's messages tell it: RunMetadata and what is in it, by the fields of its protos."""

from .fields_message import define
from .messages import GraphDef

AllocationDescription = define(
    "AllocationDescription",
    requested_bytes=(1, "int64"),
    allocated_bytes=(2, "int64"),
    allocator_name=(3, "string"),
    allocation_id=(4, "int64"),
    has_single_reference=(5, "bool"),
    ptr=(6, "uint64"),
)
_Dim = define("Dim", size=(1, "int64"), name=(2, "string"))
TensorShapeProto = define("TensorShapeProto", dim=(2, _Dim, "repeated"), unknown_rank=(3, "bool"))
TensorDescription = define(
    "TensorDescription",
    dtype=(1, "int32"),
    shape=(2, TensorShapeProto),
    allocation_description=(4, AllocationDescription),
)
AllocationRecord = define("AllocationRecord", alloc_micros=(1, "int64"), alloc_bytes=(2, "int64"))
AllocatorMemoryUsed = define(
    "AllocatorMemoryUsed",
    allocator_name=(1, "string"),
    total_bytes=(2, "int64"),
    peak_bytes=(3, "int64"),
    live_bytes=(4, "int64"),
    allocator_bytes_in_use=(5, "int64"),
    allocation_records=(6, AllocationRecord, "repeated"),
)
NodeOutput = define("NodeOutput", slot=(1, "int32"), tensor_description=(3, TensorDescription))
MemoryStats = define(
    "MemoryStats",
    temp_memory_size=(1, "int64"),
    device_temp_memory_size=(2, "int64"),
    persistent_memory_size=(3, "int64"),
    device_persistent_memory_size=(4, "int64"),
    persistent_tensor_alloc_ids=(5, "int64", "repeated"),
    device_persistent_tensor_alloc_ids=(6, "int64", "repeated"),
)
NodeExecStats = define(
    "NodeExecStats",
    node_name=(1, "string"),
    all_start_micros=(2, "int64"),
    op_start_rel_micros=(3, "int64"),
    op_end_rel_micros=(4, "int64"),
    all_end_rel_micros=(5, "int64"),
    memory=(6, AllocatorMemoryUsed, "repeated"),
    output=(7, NodeOutput, "repeated"),
    timeline_label=(8, "string"),
    scheduled_micros=(9, "int64"),
    thread_id=(10, "int64"),
    referenced_tensor=(11, AllocationDescription, "repeated"),
    memory_stats=(12, MemoryStats),
    all_start_nanos=(13, "int64"),
    op_start_rel_nanos=(14, "int64"),
    op_end_rel_nanos=(15, "int64"),
    all_end_rel_nanos=(16, "int64"),
    scheduled_nanos=(17, "int64"),
)
DeviceStepStats = define(
    "DeviceStepStats", device=(1, "string"), node_stats=(2, NodeExecStats, "repeated"), thread_names=(3, "map")
)
StepStats = define("StepStats", dev_stats=(1, DeviceStepStats, "repeated"))
CostGraphDef = define("CostGraphDef")
RunMetadata = define(
    "RunMetadata", step_stats=(1, StepStats), cost_graph=(2, CostGraphDef), partition_graphs=(3, GraphDef, "repeated")
)
RunMetadata.__doc__ = "tf.RunMetadata: what a run cost, to look at and for FileWriter.add_run_metadata."

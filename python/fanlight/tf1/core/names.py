"""Every public name: where it stands in TensorFlow's namespaces, and which module of ours has it.

A line is `namespace < module: names`; `public=own` where the two differ. Modules are imported when a name of theirs is
first asked for, so that importing the package costs little, and what a program uses can be checked without running it.
"""

import difflib

_TABLE = """
tf < dtypes: as_dtype bfloat16 bool complex128 complex64 double DType float16 float32 float64 half int16 int32 int64
tf < dtypes: int8 resource string uint16 uint32 uint64 uint8 variant
tf.dtypes < dtypes: as_dtype bool complex128 complex64 DType float16 float32 float64 int16 int32 int64 int8 string
tf.dtypes < dtypes: uint16 uint8
tf.dtypes < math_ops: cast saturate_cast
tf < shapes: Dimension TensorShape
tf.compat < shapes: dimension_value
tf < graph: add_to_collection add_to_collections colocate_with container control_dependencies device get_collection
tf < graph: get_collection_ref get_default_graph get_seed Graph GraphKeys name_scope op_scope Operation
tf < graph: reset_default_graph set_random_seed Tensor
tf.random < graph: get_seed set_random_seed
tf < framework: __version__ disable_control_flow_v2 disable_eager_execution
tf < framework: disable_v2_behavior disable_v2_tensorshape executing_eagerly import_graph_def
tf < variables: disable_resource_variables enable_resource_variables resource_variables_enabled
tf < framework: newaxis VERSION version=VERSION_MODULE
tf < convert: constant convert_n_to_tensor convert_to_tensor
tf < indexed_slices: IndexedSlices
tf < session: get_default_session InteractiveSession Session
tf < messages: ConfigProto GPUOptions GraphDef GraphOptions MetaGraphDef NodeDef OptimizerOptions RunOptions
tf < step_stats: RunMetadata
tf.core.framework.step_stats_pb2 < step_stats: AllocatorMemoryUsed DeviceStepStats NodeExecStats StepStats
tf.core.protobuf.config_pb2 < step_stats: RunMetadata
tf.core.protobuf.config_pb2 < messages: ConfigProto GPUOptions GraphOptions OptimizerOptions RunOptions
tf.python.client.timeline < timeline: Timeline
tf < messages: SessionLog Summary
tf.summary < messages: SessionLog Summary
tf < event_messages: Event LogMessage
tf.summary < event_messages: Event TaggedRunMetadata
tf < summary_messages: HistogramProto
tf.train < event_messages: summary_iterator
tf.core.framework.variable_pb2 < variable_messages: SaveSliceInfoDef VariableDef
tf.python_io < event_messages: tf_record_iterator
tf.io < event_messages: tf_record_iterator
tf < errors: OpError
tf.errors < errors: *
tf < generated: abs acos acosh asin asinh atan atan2 atanh broadcast_to ceil check_numerics cos cosh cumprod cumsum
tf < generated: polygamma zeta
tf < generated: diag diag_part digamma div_no_nan dynamic_partition dynamic_stitch equal erf erfc exp expm1 floor
tf < generated: floormod gather_nd identity_n
tf < generated: greater greater_equal inv=reciprocal invert_permutation is_finite is_inf is_nan less less_equal lgamma
tf < generated: log log1p logical_and logical_not logical_or matrix_band_part maximum minimum neg=negative negative
tf < generated: not_equal reciprocal
tf < generated: reverse reverse_v2=reverse rint rsqrt scatter_nd segment_max segment_mean segment_min segment_prod
tf < generated: tensor_scatter_add=tensor_scatter_nd_add tensor_scatter_nd_add tensor_scatter_nd_sub
tf < generated: tensor_scatter_nd_update tensor_scatter_sub=tensor_scatter_nd_sub
tf < generated: tensor_scatter_update=tensor_scatter_nd_update
tf < generated: segment_sum sigmoid sign sin sinh sqrt square squared_difference stop_gradient string_join tan tanh tile
tf < generated: truncatediv truncatemod unique unsorted_segment_max unsorted_segment_min unsorted_segment_prod
tf < generated: unsorted_segment_sum
tf.math < generated: abs acos acosh asin asinh atan atan2 atanh ceil cos cosh cumprod cumsum digamma
tf.math < generated: polygamma zeta
tf.math < generated: divide_no_nan=div_no_nan equal erf erfc exp expm1 floor floormod greater greater_equal
tf.math < generated: invert_permutation is_finite is_inf is_nan less less_equal lgamma log log1p logical_and logical_not
tf.math < generated: logical_or maximum minimum multiply_no_nan negative not_equal reciprocal rint rsqrt segment_max
tf.math < generated: segment_mean segment_min segment_prod segment_sum sigmoid sign sin sinh softplus softsign sqrt
tf.math < generated: square squared_difference tan tanh top_k unsorted_segment_max unsorted_segment_min
tf.math < generated: unsorted_segment_prod unsorted_segment_sum xdivy xlogy
tf.debugging < generated: check_numerics is_finite is_inf is_nan
tf.strings < generated: join=string_join
tf.nn < generated: elu l2_loss relu relu6 selu sigmoid softplus softsign tanh top_k
tf < math_ops: accumulate_n add add_n arg_max arg_min argmax argmin batch_matmul cast clip_by_average_norm
tf < math_ops: clip_by_global_norm clip_by_norm count_nonzero
tf < math_ops: clip_by_value div divide floor_div=floordiv floordiv global_norm gradients logical_xor matmul mod
tf < math_ops: mul=multiply multiply norm pow realdiv reduce_all reduce_any reduce_logsumexp reduce_max reduce_mean
tf < math_ops: reduce_min reduce_prod reduce_sum round saturate_cast sub=subtract subtract tensordot to_double to_float
tf < math_ops: to_int32 to_int64 truediv UnconnectedGradients
tf.math < math_ops: accumulate_n add add_n argmax argmin count_nonzero divide floordiv logical_xor mod multiply pow
tf.math < math_ops: reduce_all reduce_any reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_std
tf.math < math_ops: reduce_sum reduce_variance round subtract truediv
tf.linalg < math_ops: matmul norm tensordot
tf < sorting: argsort sort
tf < generated: as_string
tf.strings < generated: as_string
tf.math < math_ops: reduce_euclidean_norm
tf < control_ops: verify_tensor_all_finite
tf.debugging < control_ops: assert_all_finite=verify_tensor_all_finite
tf < random_ops: random_crop
tf.nn < nn_ops: atrous_conv2d log_poisson_loss
tf < array_ops: ensure_shape
tf < variables: initialize_all_tables tables_initializer
tf.contrib.layers < contrib_layers: fully_connected
tf.contrib.framework < training: create_global_step get_global_step get_or_create_global_step
tf < linalg_ops: eye matrix_diag matrix_diag_part matrix_set_diag trace
tf.linalg < linalg_ops: diag=matrix_diag diag_part=matrix_diag_part eye set_diag=matrix_set_diag trace
tf.linalg < generated: band_part=matrix_band_part tensor_diag=diag tensor_diag_part=diag_part
tf < einsum: einsum
tf.linalg < einsum: einsum
tf.linalg < array_ops: matrix_transpose transpose=matrix_transpose
tf < array_ops: boolean_mask broadcast_static_shape concat expand_dims fill gather identity lin_space linspace
tf < array_ops: matrix_transpose meshgrid one_hot ones ones_like pack pad placeholder placeholder_with_default range
tf < array_ops: rank reshape sequence_mask setdiff1d shape shape_n size slice split squeeze stack strided_slice
tf < array_ops: transpose unpack unstack where where_v2 zeros zeros_like
tf < script_ops: numpy_function py_func
tf < assertions: Assert assert_equal assert_greater assert_greater_equal assert_less assert_less_equal assert_negative
tf < assertions: assert_none_equal assert_non_negative assert_non_positive assert_positive
tf < control_ops: add_check_numerics_ops group no_op Print tuple
tf < branches: case cond
tf.debugging < assertions: Assert assert_equal assert_greater assert_greater_equal assert_less assert_less_equal
tf.debugging < assertions: assert_negative assert_none_equal assert_non_negative assert_non_positive assert_positive
tf < random_ops: multinomial random_normal random_shuffle random_uniform truncated_normal
tf.random < random_ops: categorical multinomial normal shuffle truncated_normal uniform
tf < state_ops: assign assign_add assign_sub batch_scatter_update count_up_to scatter_add scatter_div scatter_max
tf < state_ops: scatter_min scatter_mul scatter_nd_add scatter_nd_sub scatter_nd_update scatter_sub scatter_update
tf < variables: all_variables assert_variables_initialized global_variables
tf < variables: global_variables_initializer initialize_all_variables initialize_local_variables initialize_variables
tf < variables: is_variable_initialized local_variables local_variables_initializer model_variables
tf < variables: moving_average_variables report_uninitialized_variables trainable_variables Variable
tf < variables: VariableAggregation
tf < variables: variables_initializer VariableSynchronization
tf < variable_scope: AUTO_REUSE get_local_variable get_variable get_variable_scope make_template variable_op_scope
tf < variable_scope: variable_scope VariableScope
tf < initializers: constant_initializer=Constant glorot_normal_initializer=GlorotNormal
tf < initializers: glorot_uniform_initializer=GlorotUniform ones_initializer=Ones
tf < initializers: random_normal_initializer=InitRandomNormal random_uniform_initializer=InitRandomUniform
tf < initializers: truncated_normal_initializer=InitTruncatedNormal uniform_unit_scaling_initializer=UniformUnitScaling
tf < initializers: variance_scaling_initializer=VarianceScaling zeros_initializer=Zeros
tf.initializers < initializers: constant=Constant glorot_normal=GlorotNormal glorot_uniform=GlorotUniform
tf.initializers < initializers: he_normal=HeNormal he_uniform=HeUniform identity=Identity lecun_normal=LecunNormal
tf.initializers < initializers: lecun_uniform=LecunUniform ones=Ones random_normal=InitRandomNormal
tf.initializers < initializers: random_uniform=InitRandomUniform truncated_normal=InitTruncatedNormal
tf.initializers < initializers: variance_scaling=VarianceScaling zeros=Zeros
tf.initializers < variables: global_variables=global_variables_initializer local_variables=local_variables_initializer
tf.keras.initializers < initializers: glorot_normal=GlorotNormal glorot_uniform=GlorotUniform he_normal=HeNormal
tf.keras.initializers < initializers: he_uniform=HeUniform
tf.nn < nn_ops: avg_pool batch_normalization bias_add conv2d conv2d_transpose convolution crelu dropout
tf.nn < nn_ops: fused_batch_norm in_top_k l2_normalize leaky_relu local_response_normalization log_softmax lrn max_pool
tf.nn < nn_ops: moments normalize_moments relu_layer sigmoid_cross_entropy_with_logits softmax
tf.nn < nn_ops: softmax_cross_entropy_with_logits softmax_cross_entropy_with_logits_v2
tf.nn < nn_ops: sparse_softmax_cross_entropy_with_logits swish weighted_cross_entropy_with_logits xw_plus_b
tf.nn < nn_ops: zero_fraction
tf < segments: sparse_segment_mean sparse_segment_sqrt_n sparse_segment_sum unsorted_segment_mean
tf < segments: unsorted_segment_sqrt_n
tf.math < segments: unsorted_segment_mean unsorted_segment_sqrt_n
tf.sparse < segments: segment_mean=sparse_segment_mean segment_sqrt_n=sparse_segment_sqrt_n
tf.sparse < segments: segment_sum=sparse_segment_sum
tf.nn < embeddings: embedding_lookup
tf.math < nn_ops: in_top_k l2_normalize log_softmax softmax zero_fraction
tf.nn < candidate_ops: log_uniform_candidate_sampler nce_loss sampled_softmax_loss uniform_candidate_sampler
tf.random < candidate_ops: log_uniform_candidate_sampler uniform_candidate_sampler
tf.nn < sequence_ops: avg_pool1d conv1d max_pool1d
tf.layers < layers: average_pooling1d average_pooling2d batch_normalization conv1d conv2d conv2d_transpose dense dropout
tf.layers < layers: flatten max_pooling1d max_pooling2d
tf.contrib.layers < layers: flatten l1_l2_regularizer l1_regularizer l2_regularizer
tf.contrib.layers < initializers: variance_scaling_initializer xavier_initializer
tf.contrib.layers < initializers: xavier_initializer_conv2d=xavier_initializer
tf.losses < losses: absolute_difference add_loss compute_weighted_loss cosine_distance get_losses
tf.losses < losses: get_regularization_loss get_regularization_losses get_total_loss hinge_loss huber_loss log_loss
tf.losses < losses: mean_squared_error Reduction sigmoid_cross_entropy softmax_cross_entropy
tf.losses < losses: sparse_softmax_cross_entropy
tf < confusion: confusion_matrix
tf.math < confusion: confusion_matrix
tf.metrics < metrics: accuracy false_negatives false_positives mean mean_absolute_error mean_cosine_distance
tf.metrics < metrics: mean_iou mean_per_class_accuracy mean_relative_error mean_squared_error mean_tensor
tf.metrics < metrics: percentage_below precision recall root_mean_squared_error true_negatives true_positives
tf.metrics < threshold_metrics: auc false_negatives_at_thresholds false_positives_at_thresholds
tf.metrics < threshold_metrics: precision_at_thresholds recall_at_thresholds sensitivity_at_specificity
tf.metrics < threshold_metrics: specificity_at_sensitivity true_negatives_at_thresholds true_positives_at_thresholds
tf.summary < summary: audio FileWriter FileWriterCache histogram image merge merge_all scalar text
tf < summary: audio_summary histogram_summary image_summary merge_all_summaries merge_summary scalar_summary
tf.train < summary: SummaryWriter=FileWriter SummaryWriterCache=FileWriterCache
tf.train < optimizer: Optimizer
tf.train < optimizers: AdadeltaOptimizer AdagradOptimizer AdamOptimizer FtrlOptimizer GradientDescentOptimizer
tf.train < optimizers: MomentumOptimizer RMSPropOptimizer
tf.train < learning_rates: cosine_decay cosine_decay_restarts exponential_decay inverse_time_decay linear_cosine_decay
tf.train < learning_rates: natural_exp_decay noisy_linear_cosine_decay piecewise_constant
tf.train < learning_rates: piecewise_constant_decay=piecewise_constant polynomial_decay
tf.train < moving_averages: ExponentialMovingAverage
tf.contrib.opt < optimizers: AdamWOptimizer
tf.raw_ops < raw_ops: *
tf.python.ops.gen_resource_variable_ops < raw_ops: *
tf.python.ops.resource_variable_ops < raw_ops: *
tf.python.ops.gen_training_ops < raw_ops: *
tf.python.training.training_ops < raw_ops: *
tf.train < saver: checkpoint_exists CheckpointState export_meta_graph get_checkpoint_state import_meta_graph
tf.train < saver: latest_checkpoint list_variables load_checkpoint load_variable NewCheckpointReader=CheckpointReader
tf < partitioned: fixed_size_partitioner min_max_variable_partitioner variable_axis_size_partitioner
tf.train < saver: get_checkpoint_mtimes init_from_checkpoint remove_checkpoint Saver SaverDef update_checkpoint_state
tf.train < hooks: CheckpointSaverHook CheckpointSaverListener FeedFnHook FinalOpsHook LoggingTensorHook
tf.train < hooks: NanLossDuringTrainingError NanTensorHook SessionRunArgs SessionRunContext SessionRunHook
tf.train < hooks: SessionRunValues StepCounterHook StopAtStepHook SummarySaverHook
tf.train < monitored: ChiefSessionCreator MonitoredSession=monitored_session MonitoredTrainingSession Scaffold
tf.train < monitored: SingularMonitoredSession Supervisor
tf.train < training: assert_global_step Coordinator create_global_step get_global_step get_or_create_global_step
tf.train < training: global_step LooperThread start_queue_runners write_graph
tf.io < training: write_graph
tf.gfile < gfile: Copy=copy DeleteRecursively=delete_recursively Exists=exists FastGFile GFile Glob=glob_files
tf.gfile < gfile: IsDirectory=is_directory ListDirectory=list_directory MakeDirs=make_directories MkDir=make_directory
tf.gfile < gfile: Open Remove=remove Rename=rename Stat=stat Walk=walk
tf.io.gfile < gfile: copy exists GFile glob=glob_files isdir=is_directory listdir=list_directory
tf.io.gfile < gfile: makedirs=make_directories mkdir=make_directory remove rename rmtree=delete_recursively stat walk
tf.app < app: run
tf.app.flags < flags: *
tf.flags < flags: *
tf.logging < logging: *
tf.test < framework: get_temp_dir gpu_device_name is_built_with_cuda is_gpu_available main TestCase
tf.compat < framework: as_bytes as_str as_str_any as_text forward_compatible
tf.contrib.learn.datasets.mnist < mnist.input_data: DataSet load_mnist read_data_sets
tf.contrib.learn.datasets.base < mnist.input_data: Datasets
tf.examples.tutorials.mnist.input_data < mnist.input_data: DataSet read_data_sets
tf.examples.tutorials.mnist.mnist < mnist.mnist: *
"""

ALIASES = {
    "tf.compat.v1": "tf",
    "tf.contrib.learn.python.learn.datasets.mnist": "tf.contrib.learn.datasets.mnist",
    "tf.python.platform.gfile": "tf.gfile",
    "tf.python.platform.app": "tf.app",
    "tf.python.platform.flags": "tf.flags",
    "tf.python.framework.ops": "tf",
    "tf.python.framework.dtypes": "tf.dtypes",
    "tf.python.ops.array_ops": "tf",
    "tf.python.ops.clip_ops": "tf",
    "tf.python.ops.control_flow_ops": "tf",
    "tf.python.ops.init_ops": "tf",
    "tf.python.ops.math_ops": "tf",
    "tf.python.ops.nn_ops": "tf.nn",
    "tf.python.ops.random_ops": "tf",
    "tf.python.ops.state_ops": "tf",
    "tf.python.ops.variable_scope": "tf",
    "tf.python.ops.variables": "tf",
    "tf.python.training.optimizer": "tf.train",
}


def _read():
    spaces = {}
    for line in _TABLE.strip().splitlines():
        where, _, rest = line.partition(" < ")
        module, _, words = rest.partition(": ")
        space = spaces.setdefault(where, {})
        for word in words.split():
            public, _, own = word.partition("=")
            space[public] = (module, own or public)
    return spaces


SPACES = _read()
# Namespaces that only hold others.
for _where in (*SPACES, *ALIASES):
    while "." in _where:
        _where = _where.rpartition(".")[0]
        if _where not in ALIASES:
            SPACES.setdefault(_where, {})


def children(space):
    """The namespaces directly in this one."""
    prefix = space + "."
    return {
        name[len(prefix) :]
        for name in (*SPACES, *ALIASES)
        if name.startswith(prefix) and "." not in name[len(prefix) :]
    }


def nearest(space, name):
    """The public names most like `space.name`, the best first."""
    every = [f"{where}.{public}" for where, names in SPACES.items() for public in names if public != "*"]
    wanted = f"{space}.{name}"
    same = [full for full in every if full.rpartition(".")[2].lower() == name.lower() and full != wanted]
    close = difflib.get_close_matches(wanted, every, n=3, cutoff=0.6)
    return list(dict.fromkeys([*same, *close]))[:3]


def missing_message(space, name):
    near = nearest(space, name)
    hint = f"; the nearest is {near[0]}" if near else ""
    return f"fanlight.tf1 has no {space}.{name}{hint}"

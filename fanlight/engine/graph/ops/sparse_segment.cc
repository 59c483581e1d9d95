#include "fanlight/engine/graph/ops/sparse_segment.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/elementwise.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/strided_slice.h"

namespace fanlight {
namespace {

enum class Divisor { kNone, kCount, kRoot };

// ---------------------------------------------------------------- shape rules

// `data` with as many rows as input `count` says, where there is one and it is constant.
Status RowsShape(InferenceContext& context, int count) {
  FL_TRY(context.WantRank(1, 1, "argument \"indices\""));
  FL_TRY(context.WantRank(2, 1, "argument \"segment_ids\""));
  if (context.input(1).has_rank() && context.input(2).has_rank()) {
    FL_TRY(Merge(context.input(1), context.input(2)));
  }
  if (context.num_inputs() > count) FL_TRY(context.WantRank(count, 0, "the number of rows"));
  PartialShape shape = context.input(0);
  if (!shape.has_rank()) return {};
  if (shape.rank() == 0) {
    return Fail(ErrorCode::kInvalidArgument, "data of a segment must have at least rank 1");
  }
  shape.set_dim(0, PartialShape::kUnknown);
  if (context.num_inputs() > count) {
    const auto rows = context.constant_integers(count);
    if (rows && rows->size() == 1) {
      if ((*rows)[0] < 0) {
        return Fail(ErrorCode::kInvalidArgument, "the number of rows is {}, want 0 at least",
                    (*rows)[0]);
      }
      shape.set_dim(0, (*rows)[0]);
    }
  }
  context.set_output(0, shape);
  return {};
}

Status SparseSegmentShape(InferenceContext& context) { return RowsShape(context, 3); }

// ---------------------------------------------------------------- kernels

// What the inputs say, once it is known to fit.
struct Segments {
  Tensor indices;
  Tensor ids;
  int64_t num_segments = 0;  // That the ids need.

  // How many indices a segment has.
  std::vector<int64_t> Counts(int64_t size) const {
    std::vector<int64_t> counts(static_cast<size_t>(size), 0);
    for (const int64_t id : ids.flat<int64_t>()) ++counts[static_cast<size_t>(id)];
    return counts;
  }
};

Result<Segments> SegmentsOf(const KernelContext& context, int64_t num_rows) {
  Segments segments;
  FL_ASSIGN_OR_RETURN(segments.indices, ConvertTo(context.input(1), DType::kInt64));
  FL_ASSIGN_OR_RETURN(segments.ids, ConvertTo(context.input(2), DType::kInt64));
  if (segments.indices.rank() != 1 || !(segments.indices.shape() == segments.ids.shape())) {
    return Fail(ErrorCode::kInvalidArgument, "segment ids {} do not fit indices {}",
                Describe(context.input(2)), Describe(context.input(1)));
  }
  for (const int64_t index : segments.indices.flat<int64_t>()) {
    if (index >= 0 && index < num_rows) continue;
    return Fail(ErrorCode::kInvalidArgument, "index {} is out of range for {} rows", index,
                num_rows);
  }
  int64_t previous = 0;
  for (const int64_t id : segments.ids.flat<int64_t>()) {
    if (id < previous) {
      return Fail(ErrorCode::kInvalidArgument,
                  "segment id {} comes after {}, want ids that never fall", id, previous);
    }
    previous = id;
    segments.num_segments = id + 1;
  }
  return segments;
}

Status CheckBelow(const Segments& segments, int64_t limit) {
  if (limit >= segments.num_segments) return {};
  return Fail(ErrorCode::kInvalidArgument, "segment id {} is out of range for {} segments",
              segments.num_segments - 1, limit);
}

Result<Tensor*> AllocateRows(KernelContext& context, int64_t num_rows) {
  const Shape& like = context.input(0).shape();
  std::vector<int64_t> dims(like.dims().begin(), like.dims().end());
  dims[0] = num_rows;
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  return context.AllocateOutput(0, shape);
}

int64_t RowSize(const Shape& shape) {
  int64_t size = 1;
  for (int i = 1; i < shape.rank(); ++i) size *= shape[i];
  return size;
}

template <typename T, Divisor divisor>
T DivisorOf(int64_t count) {
  return divisor == Divisor::kRoot ? std::sqrt(static_cast<T>(count)) : static_cast<T>(count);
}

template <typename T, Divisor divisor>
Status SparseSegmentKernel(KernelContext& context) {
  const Tensor& data = context.input(0);
  if (data.rank() < 1) {
    return Fail(ErrorCode::kInvalidArgument, "{} has no rows", Describe(data));
  }
  FL_ASSIGN_OR_RETURN(const Segments segments, SegmentsOf(context, data.shape()[0]));
  int64_t num_segments = segments.num_segments;
  if (context.num_inputs() > 3) {
    FL_ASSIGN_OR_RETURN(num_segments, ScalarOf(context.input(3)));
    FL_TRY(CheckBelow(segments, num_segments));
  }
  FL_ASSIGN_OR_RETURN(Tensor* const output, AllocateRows(context, num_segments));
  const int64_t row = RowSize(data.shape());
  const T* const in = data.flat<T>().data();
  const auto indices = segments.indices.flat<int64_t>();
  const auto ids = segments.ids.flat<int64_t>();
  T* const out = output->mutable_flat<T>().data();
  std::fill_n(out, output->num_elements(), T{0});
  for (size_t begin = 0; begin < ids.size();) {
    size_t end = begin + 1;
    while (end < ids.size() && ids[end] == ids[begin]) ++end;
    T* const target = out + ids[begin] * row;
    const auto add = [&](int64_t first, int64_t last, T* to) {
      for (int64_t k = first; k < last; ++k) {
        const T* const from = in + indices[static_cast<size_t>(k)] * row;
        for (int64_t i = 0; i < row; ++i) to[i] = AddOp::Apply(to[i], from[i]);
      }
    };
    AddInParts(static_cast<int64_t>(begin), static_cast<int64_t>(end), row, target, add);
    if constexpr (divisor != Divisor::kNone) {
      const T by = DivisorOf<T, divisor>(static_cast<int64_t>(end - begin));
      for (int64_t i = 0; i < row; ++i) target[i] /= by;
    }
    begin = end;
  }
  return {};
}

// (incoming, indices, segment ids, rows of data): each row has what comes to its segments.
template <typename T, Divisor divisor>
Status SparseSegmentGradKernel(KernelContext& context) {
  const Tensor& incoming = context.input(0);
  FL_ASSIGN_OR_RETURN(const int64_t num_rows, ScalarOf(context.input(3)));
  if (incoming.rank() < 1 || num_rows < 0) {
    return Fail(ErrorCode::kInvalidArgument, "{} is no gradient of segments of {} rows",
                Describe(incoming), num_rows);
  }
  FL_ASSIGN_OR_RETURN(const Segments segments, SegmentsOf(context, num_rows));
  FL_TRY(CheckBelow(segments, incoming.shape()[0]));
  const std::vector<int64_t> counts = segments.Counts(incoming.shape()[0]);
  FL_ASSIGN_OR_RETURN(Tensor* const output, AllocateRows(context, num_rows));
  const int64_t row = RowSize(incoming.shape());
  const T* const in = incoming.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  std::fill_n(out, output->num_elements(), T{0});
  const auto indices = segments.indices.flat<int64_t>();
  const auto ids = segments.ids.flat<int64_t>();
  for (size_t k = 0; k < ids.size(); ++k) {
    const T* const from = in + ids[k] * row;
    T* const to = out + indices[k] * row;
    const T by = divisor == Divisor::kNone
                     ? T{1}
                     : DivisorOf<T, divisor>(counts[static_cast<size_t>(ids[k])]);
    for (int64_t i = 0; i < row; ++i) to[i] += from[i] / by;
  }
  return {};
}

// ---------------------------------------------------------------- gradients

// By the op `grad`.
std::vector<Output> RowsOf(GraphBuilder& graph, const Node& node, const Output& incoming,
                           std::string_view grad) {
  const Output num_rows =
      StridedSlice(graph, ShapeOf(graph, node.input(0)), {0}, {1}, {1}, {.shrink_axis_mask = 1});
  std::vector<Output> gradients(static_cast<size_t>(node.num_inputs()));
  gradients[0] = OpCall(graph, grad, "")
                     .Input(incoming, "grad")
                     .Input(node.input(1), "indices")
                     .Input(node.input(2), "segment_ids")
                     .Input(num_rows, "output_dim0")
                     .Done();
  return gradients;
}

std::vector<Output> SumGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  return RowsOf(graph, node, g[0], "SparseSegmentSumGrad");
}
std::vector<Output> MeanGradient(GraphBuilder& graph, const Node& node, std::span<const Output> g) {
  return RowsOf(graph, node, g[0], "SparseSegmentMeanGrad");
}
std::vector<Output> SqrtNGradient(GraphBuilder& graph, const Node& node,
                                  std::span<const Output> g) {
  return RowsOf(graph, node, g[0], "SparseSegmentSqrtNGrad");
}

#define FL_SPARSE_SEGMENT(op, set, grad)                                                       \
  {.name = op,                                                                                 \
   .signature = "data: T, indices: Tidx, segment_ids: Tsegmentids -> output: T",               \
   .attrs = "T: " set ", Tidx: index = int32, Tsegmentids: index = int32",                     \
   .infer = SparseSegmentShape,                                                                \
   .gradient = grad},                                                                          \
  {                                                                                            \
    .name = op "WithNumSegments",                                                              \
    .signature =                                                                               \
        "data: T, indices: Tidx, segment_ids: Tsegmentids, num_segments: Tnumsegments -> "     \
        "output: T",                                                                           \
    .attrs = "T: " set                                                                         \
             ", Tidx: index = int32, Tnumsegments: index = int32, Tsegmentids: index = int32", \
    .infer = SparseSegmentShape, .gradient = grad                                              \
  }
#define FL_SPARSE_SEGMENT_GRAD(op)                                                          \
  {.name = op,                                                                              \
   .signature =                                                                             \
       "grad: T, indices: Tidx, segment_ids: Tsegmentids, output_dim0: int32 -> output: T", \
   .attrs = "T: floating, Tidx: index = int32, Tsegmentids: index = int32",                 \
   .infer = SparseSegmentShape}

constexpr OpSpec kOps[] = {
    FL_SPARSE_SEGMENT("SparseSegmentSum", "realnumber", SumGradient),
    FL_SPARSE_SEGMENT("SparseSegmentMean", "floating", MeanGradient),
    FL_SPARSE_SEGMENT("SparseSegmentSqrtN", "floating", SqrtNGradient),
    FL_SPARSE_SEGMENT_GRAD("SparseSegmentSumGrad"),
    FL_SPARSE_SEGMENT_GRAD("SparseSegmentMeanGrad"),
    FL_SPARSE_SEGMENT_GRAD("SparseSegmentSqrtNGrad"),
};

#define FL_SUM(T) SparseSegmentKernel<T, Divisor::kNone>
#define FL_BOTH(op, kernel, divisor)                                   \
  {op, DType::kFloat32, MakeFunctionKernel<kernel<float, divisor>>}, { \
    op, DType::kFloat64, MakeFunctionKernel<kernel<double, divisor>>   \
  }

constexpr KernelDef kKernels[] = {
    FL_REALS("SparseSegmentSum", FL_SUM),
    FL_REALS("SparseSegmentSumWithNumSegments", FL_SUM),
    FL_BOTH("SparseSegmentMean", SparseSegmentKernel, Divisor::kCount),
    FL_BOTH("SparseSegmentMeanWithNumSegments", SparseSegmentKernel, Divisor::kCount),
    FL_BOTH("SparseSegmentSqrtN", SparseSegmentKernel, Divisor::kRoot),
    FL_BOTH("SparseSegmentSqrtNWithNumSegments", SparseSegmentKernel, Divisor::kRoot),
    FL_BOTH("SparseSegmentSumGrad", SparseSegmentGradKernel, Divisor::kNone),
    FL_BOTH("SparseSegmentMeanGrad", SparseSegmentGradKernel, Divisor::kCount),
    FL_BOTH("SparseSegmentSqrtNGrad", SparseSegmentGradKernel, Divisor::kRoot),
};

Output OfSegments(GraphBuilder& graph, const std::string& op, const Operand& data,
                  const Operand& indices, const Operand& segment_ids, const Operand& num_segments,
                  std::string_view name) {
  const bool is_told = num_segments.is_valid();
  const std::string full = is_told ? op + "WithNumSegments" : op;
  OpCall call(graph, full, name == op ? std::string_view(full) : name);
  call.Input(data, "data").Input(indices, "indices").Input(segment_ids, "segment_ids");
  if (is_told) call.Input(num_segments, "num_segments");
  return call.Done();
}

}  // namespace

#define FL_SPARSE_SEGMENT_FUNCTION(function)                                             \
  Output function(GraphBuilder& graph, const Operand& data, const Operand& indices,      \
                  const Operand& segment_ids, const Operand& num_segments,               \
                  std::string_view name) {                                               \
    return OfSegments(graph, #function, data, indices, segment_ids, num_segments, name); \
  }
FL_SPARSE_SEGMENT_FUNCTION(SparseSegmentSum)
FL_SPARSE_SEGMENT_FUNCTION(SparseSegmentMean)
FL_SPARSE_SEGMENT_FUNCTION(SparseSegmentSqrtN)
#undef FL_SPARSE_SEGMENT_FUNCTION

std::span<const OpSpec> SparseSegmentOps() { return kOps; }
std::span<const KernelDef> SparseSegmentKernels() { return kKernels; }

}  // namespace fanlight

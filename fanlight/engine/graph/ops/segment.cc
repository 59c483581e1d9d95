#include "fanlight/engine/graph/ops/segment.h"

#include <algorithm>
#include <limits>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/elementwise.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/special.h"

namespace fanlight {
namespace {

// How rows are joined: what a segment begins with, one element more, and what a sorted segment
// without rows is.
struct EmptyIsZero {
  template <typename T>
  static T Empty() {
    return T{0};
  }
};
struct SumOf : EmptyIsZero {
  template <typename T>
  static T Start() {
    return T{0};
  }
  template <typename T>
  static T Join(T a, T b) {
    return AddOp::Apply(a, b);
  }
};
struct ProductOf {
  template <typename T>
  static T Empty() {
    return T{1};
  }
  template <typename T>
  static T Start() {
    return T{1};
  }
  template <typename T>
  static T Join(T a, T b) {
    return MulOp::Apply(a, b);
  }
};
// Of two of which one is NaN, the later: a NaN that rows follow is lost, as TensorFlow loses it.
struct MaximumOf : EmptyIsZero {
  template <typename T>
  static T Start() {
    return std::numeric_limits<T>::lowest();
  }
  template <typename T>
  static T Join(T a, T b) {
    return a > b ? a : b;
  }
};
struct MinimumOf : EmptyIsZero {
  template <typename T>
  static T Start() {
    return std::numeric_limits<T>::max();
  }
  template <typename T>
  static T Join(T a, T b) {
    return a < b ? a : b;
  }
};

// ---------------------------------------------------------------- shape rules

Status SegmentShape(InferenceContext& context) {
  FL_TRY(context.WantRank(1, 1, "argument \"segment_ids\""));
  PartialShape shape = context.input(0);
  if (!shape.has_rank()) return {};
  if (shape.rank() == 0) {
    return Fail(ErrorCode::kInvalidArgument, "data of a segment must have at least rank 1");
  }
  if (context.input(1).has_rank()) {
    FL_TRY(Merge(PartialShape{shape[0]}, context.input(1)));
  }
  shape.set_dim(0, PartialShape::kUnknown);
  context.set_output(0, shape);
  return {};
}

Status UnsortedSegmentShape(InferenceContext& context) {
  const PartialShape& data = context.input(0);
  const PartialShape& ids = context.input(1);
  if (!data.has_rank() || !ids.has_rank()) return {};
  if (ids.rank() > data.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "segment ids {} have more dimensions than data {}",
                ToString(ids), ToString(data));
  }
  for (int i = 0; i < ids.rank(); ++i) FL_TRY(Merge(PartialShape{data[i]}, PartialShape{ids[i]}));
  const auto count = context.constant_integers(2);
  std::vector<int64_t> dims = {count && count->size() == 1 ? (*count)[0] : PartialShape::kUnknown};
  dims.insert(dims.end(), data.dims().begin() + ids.rank(), data.dims().end());
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

// ---------------------------------------------------------------- kernels

template <typename Reduction, typename T, bool is_mean>
Status SegmentKernel(KernelContext& context) {
  const Tensor& data = context.input(0);
  const Tensor& ids = context.input(1);
  if (data.rank() < 1 || ids.rank() != 1 || ids.num_elements() != data.shape()[0]) {
    return Fail(ErrorCode::kInvalidArgument, "segment ids {} do not fit data {}", Describe(ids),
                Describe(data));
  }
  FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(ids, DType::kInt64));
  const auto segments = wide.flat<int64_t>();
  int64_t previous = 0;
  for (const int64_t id : segments) {
    if (id < previous) {
      return Fail(ErrorCode::kInvalidArgument,
                  "segment id {} comes after {}, want ids that never fall", id, previous);
    }
    previous = id;
  }
  std::vector<int64_t> dims(data.shape().dims().begin(), data.shape().dims().end());
  dims[0] = segments.empty() ? 0 : previous + 1;
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const int64_t row = segments.empty() ? 0 : data.num_elements() / data.shape()[0];
  const T* const in = data.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  std::fill_n(out, shape.num_elements(), Reduction::template Empty<T>());
  for (size_t begin = 0; begin < segments.size();) {
    T* const target = out + segments[begin] * row;
    std::copy_n(in + static_cast<int64_t>(begin) * row, row, target);
    size_t end = begin + 1;
    while (end < segments.size() && segments[end] == segments[begin]) ++end;
    const auto join = [&](int64_t first, int64_t last, T* to) {
      const T* from = in + first * row;
      for (int64_t k = first; k < last; ++k, from += row) {
        for (int64_t i = 0; i < row; ++i) to[i] = Reduction::Join(to[i], from[i]);
      }
    };
    const auto first = static_cast<int64_t>(begin) + 1;
    if constexpr (std::is_same_v<Reduction, SumOf>) {
      AddInParts(first, static_cast<int64_t>(end), row, target, join);
    } else {
      join(first, static_cast<int64_t>(end), target);
    }
    if constexpr (is_mean) {
      using Wide = std::conditional_t<std::is_floating_point_v<T>, T,
                                      std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>>;
      const auto count = static_cast<Wide>(end - begin);
      for (int64_t i = 0; i < row; ++i) target[i] = static_cast<T>(Wide{target[i]} / count);
    }
    begin = end;
  }
  return {};
}
template <typename Reduction, typename T>
Status UnsortedSegmentKernel(KernelContext& context) {
  const Tensor& data = context.input(0);
  const Tensor& ids = context.input(1);
  FL_ASSIGN_OR_RETURN(const int64_t count, ScalarOf(context.input(2)));
  bool fits = ids.rank() <= data.rank() && count >= 0;
  for (int i = 0; fits && i < ids.rank(); ++i) fits = ids.shape()[i] == data.shape()[i];
  if (!fits) {
    return Fail(ErrorCode::kInvalidArgument, "segment ids {} and {} segments do not fit data {}",
                Describe(ids), count, Describe(data));
  }
  std::vector<int64_t> dims = {count};
  int64_t row = 1;
  for (int i = ids.rank(); i < data.rank(); ++i) {
    dims.push_back(data.shape()[i]);
    row *= data.shape()[i];
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(ids, DType::kInt64));
  const T* from = data.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  std::fill_n(out, shape.num_elements(), Reduction::template Start<T>());
  for (const int64_t id : wide.flat<int64_t>()) {
    if (id >= count) {
      return Fail(ErrorCode::kInvalidArgument, "segment id {} is out of range for {} segments", id,
                  count);
    }
    if (id >= 0) {
      T* const target = out + id * row;
      for (int64_t i = 0; i < row; ++i) target[i] = Reduction::Join(target[i], from[i]);
    }
    from += row;
  }
  return {};
}

// ---------------------------------------------------------------- gradients

Gradients1 SegmentSumGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return {Gather(graph, g[0], node.input(1), 0, "GatherV2"), {}};
}

Gradients1 SegmentMeanGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output data = node.input(0);
  const Output ids = node.input(1);
  // How many rows each segment has, as [segments, 1, …].
  const Output rank = Rank(graph, data);
  const Output ones_shape =
      OpCall(graph, "ConcatV2", "concat")
          .Inputs(std::vector<Output>{ShapeOf(graph, ids),
                                      Fill(graph, ExpandDims(graph, Sub(graph, rank, 1), 0), 1)})
          .Input(0, "axis")
          .Done();
  const Output ones = Fill(graph, ones_shape, ConstLike(graph, 1, data));
  const Output counts = SegmentSum(graph, ones, ids);
  return {Gather(graph, Div(graph, g[0], counts, "truediv"), ids, 0, "GatherV2"), {}};
}

// `sum` adds per segment.
template <typename Sum>
Gradients1 ExtremeGradient(GraphBuilder& graph, const Node& node, Incoming g, const Output& ids,
                           Sum sum) {
  const Output data = node.input(0);
  const Output best = Gather(graph, Output(&node), ids, 0, "GatherV2");
  const Output is_best = Equal(graph, data, best);
  const Output counts = sum(Cast(graph, is_best, data.dtype()));
  const Output shares = Gather(graph, DivNoNan(graph, g[0], counts), ids, 0, "GatherV2");
  return {Select(graph, is_best, shares, ZerosLike(graph, shares))};
}

Gradients1 SegmentExtremeGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  Gradients1 gradients = ExtremeGradient(graph, node, g, node.input(1), [&](const Output& ones) {
    return SegmentSum(graph, ones, node.input(1));
  });
  gradients.resize(2);
  return gradients;
}

Output Choose(GraphBuilder& graph, const Output& condition, const Output& x, const Output& y) {
  return OpCall(graph, "SelectV2", "")
      .Input(condition, "condition")
      .Input(x, "t")
      .Input(y, "e")
      .Done();
}

// Rows of `rows` at ids, zeros where the id is negative.
Output GatherOrZeros(GraphBuilder& graph, const Output& rows, const Output& ids,
                     const Output& like) {
  const Output safe = Maximum(graph, ids, ZerosLike(graph, ids));
  const Output gathered = Gather(graph, rows, safe, 0, "GatherV2");
  const Output is_kept = GreaterEqual(graph, ids, ZerosLike(graph, ids));
  // As many dimensions of 1 as the rows have.
  const PartialShape& shape = like.shape();
  Output mask = is_kept;
  if (shape.has_rank() && ids.shape().has_rank()) {
    for (int i = ids.shape().rank(); i < shape.rank(); ++i) mask = ExpandDims(graph, mask, -1);
  } else {
    const Output ones =
        Fill(graph, ExpandDims(graph, Sub(graph, Rank(graph, gathered), Rank(graph, ids)), 0), 1);
    const Output dims = OpCall(graph, "ConcatV2", "concat")
                            .Inputs(std::vector<Output>{ShapeOf(graph, ids), ones})
                            .Input(0, "axis")
                            .Done();
    mask = Reshape(graph, is_kept, dims);
  }
  return Choose(graph, mask, gathered, ZerosLike(graph, gathered));
}

Gradients1 UnsortedSegmentSumGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return {GatherOrZeros(graph, g[0], node.input(1), node.input(0)), {}, {}};
}

Gradients1 UnsortedSegmentExtremeGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output data = node.input(0);
  const Output ids = node.input(1);
  const Output best = GatherOrZeros(graph, Output(&node), ids, data);
  const Output is_best = Equal(graph, data, best);
  const Output counts =
      UnsortedSegmentSum(graph, Cast(graph, is_best, data.dtype()), ids, node.input(2));
  const Output shares = GatherOrZeros(graph, DivNoNan(graph, g[0], counts), ids, data);
  return {Select(graph, is_best, shares, ZerosLike(graph, shares)), {}, {}};
}

// The product of all other rows of a segment: the product by the row's own, where that is not 0; else that
// of those which are not 0, unless there are two of them. `sum` and `product` reduce rows to segments,
// `spread` gives each row what its segment has.
template <typename Sum, typename Product, typename Spread>
Output ProductGradient(GraphBuilder& graph, const Node& node, const Output& incoming, Sum sum,
                       Product product, Spread spread) {
  const Output data = node.input(0);
  const Output is_zero = Equal(graph, data, ConstLike(graph, 0, data));
  const Output num_zeros = sum(Cast(graph, is_zero, DType::kInt32));
  const Output of_segments =
      Choose(graph, Greater(graph, num_zeros, 1), ZerosLike(graph, incoming), incoming);
  const Output others = Choose(graph, is_zero, OnesLike(graph, data), data);
  const Output product_of_others = spread(product(others));
  const Output quotient = Div(graph, spread(Output(&node)), others, "truediv");
  const Output partial = Choose(graph, is_zero, product_of_others, quotient);
  return Mul(graph, spread(of_segments), partial, "mul");
}

Gradients1 SegmentProdGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output ids = node.input(1);
  return {ProductGradient(
              graph, node, g[0], [&](const Output& rows) { return SegmentSum(graph, rows, ids); },
              [&](const Output& rows) { return SegmentProd(graph, rows, ids); },
              [&](const Output& rows) { return Gather(graph, rows, ids, 0, "GatherV2"); }),
          {}};
}

Gradients1 UnsortedSegmentProdGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output data = node.input(0);
  const Output ids = node.input(1);
  const Output count = node.input(2);
  return {ProductGradient(
              graph, node, g[0],
              [&](const Output& rows) { return UnsortedSegmentSum(graph, rows, ids, count); },
              [&](const Output& rows) { return UnsortedSegmentProd(graph, rows, ids, count); },
              [&](const Output& rows) { return GatherOrZeros(graph, rows, ids, data); }),
          {},
          {}};
}

#define FL_SEGMENT(op_name, set, grad)                         \
  {.name = op_name,                                            \
   .signature = "data: T, segment_ids: Tindices -> output: T", \
   .attrs = "T: " set ", Tindices: index",                     \
   .infer = SegmentShape,                                      \
   .gradient = grad}
#define FL_UNSORTED(op_name, set, grad)                                                    \
  {.name = op_name,                                                                        \
   .signature = "data: T, segment_ids: Tindices, num_segments: Tnumsegments -> output: T", \
   .attrs = "T: " set ", Tindices: index, Tnumsegments: index = int32",                    \
   .infer = UnsortedSegmentShape,                                                          \
   .gradient = grad}

constexpr OpSpec kOps[] = {
    FL_SEGMENT("SegmentSum", "number", SegmentSumGradient),
    FL_SEGMENT("SegmentMean", "number", SegmentMeanGradient),
    FL_SEGMENT("SegmentProd", "number", SegmentProdGradient),
    FL_SEGMENT("SegmentMax", "realnumber", SegmentExtremeGradient),
    FL_SEGMENT("SegmentMin", "realnumber", SegmentExtremeGradient),
    FL_UNSORTED("UnsortedSegmentSum", "number", UnsortedSegmentSumGradient),
    FL_UNSORTED("UnsortedSegmentProd", "number", UnsortedSegmentProdGradient),
    FL_UNSORTED("UnsortedSegmentMax", "realnumber", UnsortedSegmentExtremeGradient),
    FL_UNSORTED("UnsortedSegmentMin", "realnumber", UnsortedSegmentExtremeGradient),
};

#define FL_SUM(T) SegmentKernel<SumOf, T, false>
#define FL_MEAN(T) SegmentKernel<SumOf, T, true>
#define FL_PROD(T) SegmentKernel<ProductOf, T, false>
#define FL_MAX(T) SegmentKernel<MaximumOf, T, false>
#define FL_MIN(T) SegmentKernel<MinimumOf, T, false>
#define FL_UNSORTED_SUM(T) UnsortedSegmentKernel<SumOf, T>
#define FL_UNSORTED_PROD(T) UnsortedSegmentKernel<ProductOf, T>
#define FL_UNSORTED_MAX(T) UnsortedSegmentKernel<MaximumOf, T>
#define FL_UNSORTED_MIN(T) UnsortedSegmentKernel<MinimumOf, T>

constexpr KernelDef kKernels[] = {
    FL_REALS("SegmentSum", FL_SUM),
    FL_REALS("SegmentMean", FL_MEAN),
    FL_REALS("SegmentProd", FL_PROD),
    FL_REALS("SegmentMax", FL_MAX),
    FL_REALS("SegmentMin", FL_MIN),
    FL_REALS("UnsortedSegmentSum", FL_UNSORTED_SUM),
    FL_REALS("UnsortedSegmentProd", FL_UNSORTED_PROD),
    FL_REALS("UnsortedSegmentMax", FL_UNSORTED_MAX),
    FL_REALS("UnsortedSegmentMin", FL_UNSORTED_MIN),
};

}  // namespace

#define FL_SEGMENT_FUNCTION(function)                                                   \
  Output function(GraphBuilder& graph, const Operand& data, const Operand& segment_ids, \
                  std::string_view name) {                                              \
    return OpCall(graph, #function, name)                                               \
        .Input(data, "data")                                                            \
        .Input(segment_ids, "segment_ids")                                              \
        .Done();                                                                        \
  }
FL_SEGMENT_FUNCTION(SegmentSum)
FL_SEGMENT_FUNCTION(SegmentMean)
FL_SEGMENT_FUNCTION(SegmentMax)
FL_SEGMENT_FUNCTION(SegmentMin)
FL_SEGMENT_FUNCTION(SegmentProd)
#undef FL_SEGMENT_FUNCTION

#define FL_SEGMENT_FUNCTION(function)                                                   \
  Output function(GraphBuilder& graph, const Operand& data, const Operand& segment_ids, \
                  const Operand& num_segments, std::string_view name) {                 \
    return OpCall(graph, #function, name)                                               \
        .Input(data, "data")                                                            \
        .Input(segment_ids, "segment_ids")                                              \
        .Input(num_segments, "num_segments")                                            \
        .Done();                                                                        \
  }
FL_SEGMENT_FUNCTION(UnsortedSegmentSum)
FL_SEGMENT_FUNCTION(UnsortedSegmentMax)
FL_SEGMENT_FUNCTION(UnsortedSegmentMin)
FL_SEGMENT_FUNCTION(UnsortedSegmentProd)
#undef FL_SEGMENT_FUNCTION

std::span<const OpSpec> SegmentOps() { return kOps; }
std::span<const KernelDef> SegmentKernels() { return kKernels; }

}  // namespace fanlight

#include "fanlight/engine/graph/ops/gather.h"

#include <algorithm>

#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/cast.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/segment.h"
#include "fanlight/engine/graph/ops/slicing.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- shape rules

// How many of the first dimensions of both arguments are a batch, of which each gathers for itself.
Result<int> BatchDimsOf(const Node& node, int axis, int indices_rank) {
  const int64_t given = node.HasAttr("batch_dims") ? node.attr<int64_t>("batch_dims") : 0;
  const int64_t count = given < 0 ? given + indices_rank : given;
  if (count < 0 || count > std::min(axis, indices_rank)) {
    return Fail(ErrorCode::kInvalidArgument,
                "batch_dims is {}, want at most the axis, {}, and the rank of the indices, {}",
                given, axis, indices_rank);
  }
  return static_cast<int>(count);
}

Status GatherShape(InferenceContext& context) {
  const PartialShape& params = context.input(0);
  const PartialShape& indices = context.input(1);
  const auto axis = context.num_inputs() == 2 ? std::optional(std::vector<int64_t>{0})
                                              : context.constant_integers(2);
  if (!params.has_rank() || !indices.has_rank() || !axis || axis->size() != 1) return {};
  const int64_t at = (*axis)[0] < 0 ? (*axis)[0] + params.rank() : (*axis)[0];
  if (at < 0 || at >= params.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "axis {} is out of range for shape {}", (*axis)[0],
                ToString(params));
  }
  std::vector<int64_t> dims(params.dims().begin(), params.dims().end());
  FL_ASSIGN_OR_RETURN(const int batch,
                      BatchDimsOf(context.node(), static_cast<int>(at), indices.rank()));
  for (int i = 0; i < batch; ++i) FL_TRY(Merge(PartialShape{params[i]}, PartialShape{indices[i]}));
  dims.erase(dims.begin() + at);
  dims.insert(dims.begin() + at, indices.dims().begin() + batch, indices.dims().end());
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

// The size of dimension 0 is one more than the largest index; the rest is that of the data.
Status DynamicStitchShape(InferenceContext& context) {
  const int count = context.num_inputs() / 2;
  int64_t largest = -1;
  bool is_known = true;
  for (int i = 0; i < count; ++i) {
    const auto indices = context.constant_integers(i);
    if (!indices) {
      is_known = false;
      break;
    }
    for (const int64_t index : *indices) largest = std::max(largest, index);
  }
  const PartialShape& indices = context.input(0);
  const PartialShape& data = context.input(count);
  if (!indices.has_rank() || !data.has_rank() || data.rank() < indices.rank()) return {};
  std::vector<int64_t> dims = {is_known ? largest + 1 : -1};
  dims.insert(dims.end(), data.dims().begin() + indices.rank(), data.dims().end());
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

// ---------------------------------------------------------------- kernels

Status DynamicStitchKernel(KernelContext& context) {
  const int count = context.num_inputs() / 2;
  int32_t largest = -1;
  for (int i = 0; i < count; ++i) {
    for (const int32_t index : context.input(i).flat<int32_t>()) {
      if (index < 0) return Fail(ErrorCode::kInvalidArgument, "index {} is negative", index);
      largest = std::max(largest, index);
    }
  }
  const int indices_rank = context.input(0).rank();
  std::vector<int64_t> dims = {int64_t{largest} + 1};
  const Shape& first = context.input(count).shape();
  for (int i = indices_rank; i < first.rank(); ++i) dims.push_back(first[i]);
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const int64_t row = largest < 0 ? 0 : shape.num_elements() / (int64_t{largest} + 1);
  for (int i = 0; i < count; ++i) {
    const Tensor& indices = context.input(i);
    const Tensor& data = context.input(count + i);
    if (data.num_elements() != indices.num_elements() * row) {
      return Fail(ErrorCode::kInvalidArgument, "data {} has {}, want {} rows of {} elements", i,
                  Describe(data), indices.num_elements(), row);
    }
    FL_TRY(CopyElements(data, *output, [&](const auto* from, auto* to, int64_t width) {
      const int64_t run = row * width;
      for (int64_t k = 0; k < indices.num_elements(); ++k) {
        std::copy_n(from + k * run, run,
                    to + indices.flat<int32_t>()[static_cast<size_t>(k)] * run);
      }
    }));
  }
  return {};
}

Status OneHotShape(InferenceContext& context) {
  const PartialShape& indices = context.input(0);
  FL_TRY(context.WantRank(1, 0, "argument \"depth\""));
  FL_TRY(context.WantRank(2, 0, "argument \"on_value\""));
  FL_TRY(context.WantRank(3, 0, "argument \"off_value\""));
  if (!indices.has_rank()) return {};
  const int64_t axis = context.node().attr<int64_t>("axis");
  if (axis < -1 || axis > indices.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "axis {} is out of range for shape {}", axis,
                ToString(indices));
  }
  const auto depth = context.constant_integers(1);
  std::vector<int64_t> dims(indices.dims().begin(), indices.dims().end());
  dims.insert(axis < 0 ? dims.end() : dims.begin() + axis,
              depth && depth->size() == 1 ? (*depth)[0] : -1);
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  context.set_output(0, shape);
  return {};
}

template <typename T>
Status OneHotKernel(KernelContext& context) {
  const Tensor& indices = context.input(0);
  FL_ASSIGN_OR_RETURN(const int64_t depth, ScalarOf(context.input(1)));
  if (context.input(2).rank() != 0 || context.input(3).rank() != 0) {
    return Fail(ErrorCode::kInvalidArgument, "want scalars for on_value and off_value");
  }
  const T on = context.input(2).scalar<T>();
  const T off = context.input(3).scalar<T>();
  const int64_t axis = context.node().attr<int64_t>("axis");
  const int64_t at = axis < 0 ? indices.rank() : axis;
  if (depth < 0 || at > indices.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "depth {} along axis {} of {}", depth, axis,
                Describe(indices));
  }
  std::vector<int64_t> dims(indices.shape().dims().begin(), indices.shape().dims().end());
  dims.insert(dims.begin() + at, depth);
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(indices, DType::kInt64));
  const std::span<T> out = output->mutable_flat<T>();
  std::fill(out.begin(), out.end(), off);
  int64_t inner = 1;
  for (int i = static_cast<int>(at); i < indices.rank(); ++i) inner *= indices.shape()[i];
  for (int64_t i = 0; i < indices.num_elements(); ++i) {
    const int64_t index = wide.flat<int64_t>()[static_cast<size_t>(i)];
    if (index < 0 || index >= depth) continue;
    out[static_cast<size_t>((i / inner * depth + index) * inner + i % inner)] = on;
  }
  return {};
}

// ---------------------------------------------------------------- gradients

// The axis, from the front; nothing where it is told in the run alone.
std::optional<int64_t> KnownAxis(const Node& node) {
  if (node.num_inputs() == 2) return 0;
  const auto value = ConstantValue(node.input(2));
  const PartialShape& shape = node.input(0).shape();
  const auto known = value ? ScalarOf(*value) : Result<int64_t>(0);
  if (!value || !known || (*known < 0 && !shape.has_rank())) return std::nullopt;
  return *known < 0 ? *known + shape.rank() : *known;
}

bool IsBatched(const Node& node) {
  return node.HasAttr("batch_dims") && node.attr<int64_t>("batch_dims") != 0;
}

// The axis from the front, as a vector of one number, which the run may have to tell.
Output AxisOf(GraphBuilder& graph, const Node& node) {
  if (const auto axis = KnownAxis(node)) {
    return Operand({static_cast<int32_t>(*axis)}).ToOutput(graph, "axis");
  }
  const Output given = Cast(graph, node.input(2), DType::kInt32);
  return Reshape(graph, FloorMod(graph, given, Rank(graph, node.input(0))), {1});
}

// Of a batch: its members' rows are laid end to end, and so are the numbers of rows in the indices.
// Params are taken as [members, middle, rows, after], the indices as [members, n], and g as
// [members, middle, n, after].
Output BatchGatherGradient(GraphBuilder& graph, const Node& node, const Output& g) {
  const Output params = node.input(0);
  const Output indices = node.input(1);
  const auto given = static_cast<int32_t>(node.attr<int64_t>("batch_dims"));
  const Output batch = given >= 0 ? Operand({given}).ToOutput(graph, "batch_dims")
                                  : Reshape(graph, Add(graph, Rank(graph, indices), given), {1});
  const Output axis = AxisOf(graph, node);
  const auto product = [&](const Output& shape, const Operand& begin, const Operand& count) {
    return ReduceProd(graph, Slice(graph, shape, begin, count), {.keep_dims = true});
  };
  const Output shape = ShapeOf(graph, params);
  const Output members = product(shape, {0}, batch);
  const Output middle = product(shape, batch, Sub(graph, axis, batch));
  const Output rows = Slice(graph, shape, axis, {1});
  const Output after = product(shape, Add(graph, axis, 1), {-1});
  const Output n = product(ShapeOf(graph, indices), batch, {-1});
  // Most gather along the first axis after the batch: nothing is in the middle.
  const bool has_middle = KnownAxis(node) != given;
  const auto middle_later = [&](const Output& value) {
    return has_middle ? Transpose(graph, value, {0, 2, 1, 3}) : value;
  };

  const Output parts = Reshape(graph, g, Concat(graph, {members, middle, n, after}, 0));
  const Output values = Reshape(graph, middle_later(parts),
                                Concat(graph, {Mul(graph, members, n), middle, after}, 0));
  const Output own =
      Reshape(graph, Cast(graph, indices, DType::kInt32), Concat(graph, {members, n}, 0));
  const Output firsts = Mul(graph, Range(graph, 0, Squeeze(graph, members), 1), rows);
  const Output ids = Reshape(graph, Add(graph, own, ExpandDims(graph, firsts, 1)), {-1});
  const Output sums =
      UnsortedSegmentSum(graph, values, ids, Squeeze(graph, Mul(graph, members, rows)));
  const Output whole = Reshape(graph, sums, Concat(graph, {members, rows, middle, after}, 0));
  return Reshape(graph, middle_later(whole), shape);
}

// The incoming slices, where they were taken from rows.
Gradient GatherRowsGradient(GraphBuilder& graph, const Node& node, const Output& gradient) {
  if (KnownAxis(node) != 0 || IsBatched(node)) return {};
  return RowsGradient(graph, gradient, node.input(1), ShapeOf(graph, node.input(0)));
}

// Along an axis other than the first, or one that is told in the run: the dimensions before it and
// those after it become one each.
std::vector<Output> GatherGradient(GraphBuilder& graph, const Node& node,
                                   std::span<const Output> g) {
  std::vector<Output> gradients(node.inputs.size());
  if (IsBatched(node)) {
    gradients[0] = BatchGatherGradient(graph, node, g[0]);
    return gradients;
  }
  const Output params = node.input(0);
  const Output shape = ShapeOf(graph, params);
  const Output at = AxisOf(graph, node);
  const Output past = Add(graph, at, 1);
  const Output before = ReduceProd(graph, Slice(graph, shape, {0}, at), {.keep_dims = true});
  const Output rows = Slice(graph, shape, at, {1});
  const Output after = ReduceProd(graph, Slice(graph, shape, past, {-1}), {.keep_dims = true});
  const Output count = Reshape(graph, Size(graph, node.input(1)), {1});
  const Output middle_first = Operand({1, 0, 2}).ToOutput(graph, "perm");
  const Output slices = Reshape(graph, g[0], Concat(graph, {before, count, after}, 0));
  const Output sums = UnsortedSegmentSum(graph, Transpose(graph, slices, middle_first),
                                         Reshape(graph, node.input(1), {-1}), Squeeze(graph, rows));
  gradients[0] = Reshape(graph, Transpose(graph, sums, middle_first), shape);
  return gradients;
}

// Each part takes its rows back.
std::vector<Output> DynamicStitchGradient(GraphBuilder& graph, const Node& node,
                                          std::span<const Output> g) {
  std::vector<Output> gradients(node.inputs.size());
  const size_t count = node.inputs.size() / 2;
  for (size_t i = 0; i < count; ++i) {
    gradients[count + i] = Gather(graph, g[0], node.inputs[i], 0, "GatherV2");
  }
  return gradients;
}

constexpr OpSpec kOps[] = {
    {.name = "Gather",
     .signature = "params: Tparams, indices: Tindices -> output: Tparams",
     .attrs = "validate_indices: bool = true, Tparams: type, Tindices: index",
     .infer = GatherShape,
     .gradient = GatherGradient,
     .rows_gradient = GatherRowsGradient},
    {.name = "GatherV2",
     .signature = "params: Tparams, indices: Tindices, axis: Taxis -> output: Tparams",
     .attrs = "batch_dims: int = 0, Tparams: type, Tindices: index, Taxis: index",
     .infer = GatherShape,
     .gradient = GatherGradient,
     .rows_gradient = GatherRowsGradient},
    {.name = "DynamicStitch",
     .signature = "indices: N * int32, data: N * T -> merged: T",
     .attrs = "N: int, T: type",
     .infer = DynamicStitchShape,
     .gradient = DynamicStitchGradient},
    {.name = "ParallelDynamicStitch",
     .signature = "indices: N * int32, data: N * T -> merged: T",
     .attrs = "N: int, T: type",
     .infer = DynamicStitchShape,
     .gradient = DynamicStitchGradient},
    {.name = "OneHot",
     .signature = "indices: TI, depth: int32, on_value: T, off_value: T -> output: T",
     .attrs = "axis: int = -1, T: type, TI: {uint8|int8|int32|int64} = int64",
     .infer = OneHotShape,
     .has_no_gradient = true},
};

#define FL_ONE_HOT(T) OneHotKernel<T>

constexpr KernelDef kKernels[] = {
    {"Gather", DType::kInvalid, MakeFunctionKernel<GatherKernel>},
    {"GatherV2", DType::kInvalid, MakeFunctionKernel<GatherKernel>},
    {"DynamicStitch", DType::kInvalid, MakeFunctionKernel<DynamicStitchKernel>},
    {"ParallelDynamicStitch", DType::kInvalid, MakeFunctionKernel<DynamicStitchKernel>},
    FL_REALS("OneHot", FL_ONE_HOT),
    {"OneHot", DType::kBool, MakeFunctionKernel<FL_ONE_HOT(bool)>},
};

}  // namespace

Status GatherKernel(KernelContext& context) {
  const Tensor& params = context.input(0);
  const Tensor& indices = context.input(1);
  int64_t axis = 0;
  if (context.num_inputs() == 3) {
    FL_ASSIGN_OR_RETURN(axis, ScalarOf(context.input(2)));
  }
  FL_ASSIGN_OR_RETURN(const int at, AxisOf(axis, params.rank()));
  FL_ASSIGN_OR_RETURN(const int batch, BatchDimsOf(context.node(), at, indices.rank()));
  const int64_t limit = params.shape()[at];
  int64_t members = 1;
  int64_t outer = 1;
  int64_t inner = 1;
  std::vector<int64_t> dims;
  for (int i = 0; i < at; ++i) {
    (i < batch ? members : outer) *= params.shape()[i];
    dims.push_back(params.shape()[i]);
    if (i < batch && params.shape()[i] != indices.shape()[i]) {
      return Fail(ErrorCode::kInvalidArgument, "{} and {} differ in their batch", Describe(params),
                  Describe(indices));
    }
  }
  dims.insert(dims.end(), indices.shape().dims().begin() + batch, indices.shape().dims().end());
  for (int i = at + 1; i < params.rank(); ++i) {
    inner *= params.shape()[i];
    dims.push_back(params.shape()[i]);
  }
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  const int64_t count = indices.num_elements();
  const auto index_at = [&](int64_t i) {
    const auto k = static_cast<size_t>(i);
    return indices.dtype() == DType::kInt32 ? int64_t{indices.flat<int32_t>()[k]}
                                            : indices.flat<int64_t>()[k];
  };
  for (int64_t i = 0; i < count; ++i) {
    if (index_at(i) < 0 || index_at(i) >= limit) {
      return Fail(ErrorCode::kInvalidArgument, "index {} is {}, want 0 to {}", i, index_at(i),
                  limit - 1);
    }
  }
  const int64_t taken = members == 0 ? 0 : count / members;
  return CopyElements(params, *output, [&](const auto* from, auto* to, int64_t width) {
    const int64_t run = inner * width;
    for (int64_t member = 0; member < members; ++member) {
      for (int64_t row = member * outer; row < (member + 1) * outer; ++row) {
        for (int64_t i = member * taken; i < (member + 1) * taken; ++i) {
          to = std::copy_n(from + (row * limit + index_at(i)) * run, run, to);
        }
      }
    }
  });
}

Output Gather(GraphBuilder& graph, const Operand& params, const Operand& indices,
              const Operand& axis, std::string_view name, int64_t batch_dims) {
  return OpCall(graph, "GatherV2", name)
      .Input(params, "params")
      .Input(indices, "indices")
      .Input(axis, "axis")
      .Attr("batch_dims", batch_dims)
      .Done();
}

Output DynamicStitch(GraphBuilder& graph, const std::vector<Output>& indices,
                     const std::vector<Output>& data, std::string_view name) {
  return OpCall(graph, "DynamicStitch", name).Inputs(indices).Inputs(data).Done();
}

Output OneHot(GraphBuilder& graph, const Operand& indices, int32_t depth, const Operand& on,
              const Operand& off, std::string_view name) {
  return OpCall(graph, "OneHot", name)
      .Input(indices, "indices")
      .Input(depth, "depth")
      .Input(on, "on_value")
      .Input(off, "off_value")
      .Done();
}

std::span<const OpSpec> GatherOps() { return kOps; }
std::span<const KernelDef> GatherKernels() { return kKernels; }

}  // namespace fanlight

#include "fanlight/engine/graph/ops/scatter.h"

#include <algorithm>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/box.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/gather.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/reduce.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/slices.h"
#include "fanlight/engine/graph/ops/variable_util.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- shape rules

Status GatherNdShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape, ShapeAt(context.input(1), context.input(0)));
  context.set_output(0, shape);
  return {};
}

Status ResourceGatherNdShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape params, VariableShapeAt(context, 0));
  FL_ASSIGN_OR_RETURN(const PartialShape shape, ShapeAt(context.input(1), params));
  context.set_output(0, shape);
  return {};
}

Status ScatterNdShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape, context.shape_value(2));
  context.set_output(0, shape);
  return {};
}

Status WhereShape(InferenceContext& context) {
  context.set_output(0, PartialShape{PartialShape::kUnknown, context.input(0).rank()});
  return {};
}

Status DynamicPartitionShape(InferenceContext& context) {
  const PartialShape& data = context.input(0);
  const PartialShape& partitions = context.input(1);
  if (!data.has_rank() || !partitions.has_rank()) return {};
  if (partitions.rank() > data.rank()) {
    return Fail(ErrorCode::kInvalidArgument, "partitions {} have more dimensions than data {}",
                ToString(partitions), ToString(data));
  }
  for (int i = 0; i < partitions.rank(); ++i) {
    FL_TRY(Merge(PartialShape{data[i]}, PartialShape{partitions[i]}));
  }
  std::vector<int64_t> dims = {PartialShape::kUnknown};
  dims.insert(dims.end(), data.dims().begin() + partitions.rank(), data.dims().end());
  FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(dims));
  for (int i = 0; i < context.num_outputs(); ++i) context.set_output(i, shape);
  return {};
}

// ---------------------------------------------------------------- kernels

Status GatherNdKernel(KernelContext& context) {
  const Tensor& params = context.input(0);
  const Tensor& indices = context.input(1);
  FL_ASSIGN_OR_RETURN(const Slices slices, Slices::Of(indices, params.shape()));
  std::vector<int64_t> dims(indices.shape().dims().begin(), indices.shape().dims().end() - 1);
  dims.insert(dims.end(), params.shape().dims().begin() + slices.depth,
              params.shape().dims().end());
  FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  return CopyElements(params, *output, [&](const auto* from, auto* to, int64_t width) {
    const int64_t run = slices.size * width;
    for (const int64_t position : slices.positions) {
      to = std::copy_n(from + position * run, run, to);
    }
  });
}

template <typename T>
Status ScatterNdKernel(KernelContext& context) {
  const Tensor& indices = context.input(0);
  const Tensor& updates = context.input(1);
  FL_ASSIGN_OR_RETURN(const Shape shape, ShapeOfElements(context.input(2)));
  FL_ASSIGN_OR_RETURN(const Slices slices, Slices::Of(indices, shape));
  if (updates.num_elements() != static_cast<int64_t>(slices.positions.size()) * slices.size) {
    return Fail(ErrorCode::kInvalidArgument, "updates {} do not fit indices {} and shape {}",
                Describe(updates), Describe(indices), ToString(shape));
  }
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, shape));
  SetToZero(*output);
  const T* from = updates.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  for (const int64_t position : slices.positions) {
    T* const target = out + position * slices.size;
    for (int64_t i = 0; i < slices.size; ++i) target[i] = SumReducer::Join(target[i], from[i]);
    from += slices.size;
  }
  return {};
}

Status WhereKernel(KernelContext& context) {
  const Tensor& condition = context.input(0);
  std::vector<int64_t> found;
  const auto search = [&]<typename T>(TypeTag<T>) {
    const auto values = condition.flat<T>();
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i] != T{0}) found.push_back(static_cast<int64_t>(i));
    }
  };
  if (!VisitArithmetic(condition.dtype(), search) &&
      !VisitDTypeAmong<bool>(condition.dtype(), search)) {
    return Fail(ErrorCode::kUnimplemented, "there is no kernel for dtype {}",
                DTypeName(condition.dtype()));
  }
  const int rank = condition.rank();
  FL_ASSIGN_OR_RETURN(Tensor* const output,
                      context.AllocateOutput(0, {static_cast<int64_t>(found.size()), rank}));
  const auto out = output->mutable_flat<int64_t>();
  for (size_t row = 0; row < found.size(); ++row) {
    int64_t rest = found[row];
    for (int d = rank - 1; d >= 0; --d) {
      out[row * static_cast<size_t>(rank) + static_cast<size_t>(d)] = rest % condition.shape()[d];
      rest /= condition.shape()[d];
    }
  }
  return {};
}

Status DynamicPartitionKernel(KernelContext& context) {
  const Tensor& data = context.input(0);
  const Tensor& partitions = context.input(1);
  const auto parts = partitions.flat<int32_t>();
  const int64_t count = context.node().num_outputs();
  bool fits = partitions.rank() <= data.rank();
  for (int i = 0; fits && i < partitions.rank(); ++i) {
    fits = partitions.shape()[i] == data.shape()[i];
  }
  if (!fits) {
    return Fail(ErrorCode::kInvalidArgument, "partitions {} do not fit data {}",
                Describe(partitions), Describe(data));
  }
  std::vector<int64_t> sizes(static_cast<size_t>(count), 0);
  for (const int32_t part : parts) {
    if (part < 0 || part >= count) {
      return Fail(ErrorCode::kInvalidArgument, "a partition is {}, want 0 to {}", part, count - 1);
    }
    ++sizes[static_cast<size_t>(part)];
  }
  int64_t row = 1;
  std::vector<int64_t> dims = {0};
  for (int i = partitions.rank(); i < data.rank(); ++i) {
    row *= data.shape()[i];
    dims.push_back(data.shape()[i]);
  }
  for (int part = 0; part < count; ++part) {
    dims[0] = sizes[static_cast<size_t>(part)];
    FL_ASSIGN_OR_RETURN(const Shape shape, Shape::From(dims));
    FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(part, shape));
    FL_TRY(CopyElements(data, *output, [&](const auto* from, auto* to, int64_t width) {
      for (const int32_t here : parts) {
        if (here == part) to = std::copy_n(from, row * width, to);
        from += row * width;
      }
    }));
  }
  return {};
}

// ---------------------------------------------------------------- gradients

std::vector<Output> GatherNdGradient(GraphBuilder& graph, const Node& node,
                                     std::span<const Output> g) {
  const Output shape = ShapeOp(graph, node.input(0), "Shape", node.input(1).dtype());
  return {ScatterNd(graph, node.input(1), g[0], shape), {}};
}

std::vector<Output> ResourceGatherNdGradient(GraphBuilder& graph, const Node& node,
                                             std::span<const Output> g) {
  const Output shape = OpCall(graph, "VariableShape", "")
                           .Input(node.input(0), "input")
                           .Attr("out_type", node.input(1).dtype())
                           .Done();
  return {ScatterNd(graph, node.input(1), g[0], shape), {}};
}

std::vector<Output> ScatterNdGradient(GraphBuilder& graph, const Node& node,
                                      std::span<const Output> g) {
  return {{}, GatherNd(graph, g[0], node.input(0)), {}};
}

// Where each row went: the numbers of the rows, parted alike.
std::vector<Output> DynamicPartitionGradient(GraphBuilder& graph, const Node& node,
                                             std::span<const Output> g) {
  const Output partitions = node.input(1);
  const Output prefix = ShapeOf(graph, partitions);
  const Output rows = Reshape(
      graph, Range(graph, 0, ReduceProd(graph, prefix, {.axes = std::vector<int32_t>{0}}), 1),
      prefix);
  const std::vector<Output> places = DynamicPartition(graph, rows, partitions, node.num_outputs());
  const Output joined = DynamicStitch(graph, places, {g.begin(), g.end()});
  return {Reshape(graph, joined, ShapeOf(graph, node.input(0))), {}};
}

constexpr OpSpec kOps[] = {
    {.name = "GatherNd",
     .signature = "params: Tparams, indices: Tindices -> output: Tparams",
     .attrs = "Tparams: type, Tindices: index",
     .infer = GatherNdShape,
     .gradient = GatherNdGradient},
    {.name = "ResourceGatherNd",
     .signature = "resource: resource, indices: Tindices -> output: dtype",
     .attrs = "dtype: type, Tindices: index",
     .infer = ResourceGatherNdShape,
     .gradient = ResourceGatherNdGradient,
     .is_stateful = true},
    {.name = "ScatterNd",
     .signature = "indices: Tindices, updates: T, shape: Tindices -> output: T",
     .attrs = "T: type, Tindices: index",
     .infer = ScatterNdShape,
     .gradient = ScatterNdGradient},
    {.name = "Where",
     .signature = "input: T -> index: int64",
     .attrs = "T: {float32|float64|int32|uint8|int16|int8|int64|bfloat16|uint16|float16|uint32|"
              "uint64|complex64|complex128|bool} = bool",
     .infer = WhereShape,
     .has_no_gradient = true},
    {.name = "DynamicPartition",
     .signature = "data: T, partitions: int32 -> outputs: num_partitions * T",
     .attrs = "num_partitions: int, T: type",
     .infer = DynamicPartitionShape,
     .gradient = DynamicPartitionGradient},
};

#define FL_SCATTER_ND(T) ScatterNdKernel<T>

constexpr KernelDef kKernels[] = {
    {"GatherNd", DType::kInvalid, MakeFunctionKernel<GatherNdKernel>},
    {"ResourceGatherNd", DType::kInvalid, MakeFunctionKernel<GatherNdKernel>},
    FL_REALS("ScatterNd", FL_SCATTER_ND),
    {"Where", DType::kInvalid, MakeFunctionKernel<WhereKernel>},
    {"DynamicPartition", DType::kInvalid, MakeFunctionKernel<DynamicPartitionKernel>},
};

}  // namespace

Output GatherNd(GraphBuilder& graph, const Operand& params, const Operand& indices,
                std::string_view name) {
  return OpCall(graph, "GatherNd", name).Input(params, "params").Input(indices, "indices").Done();
}

Output ScatterNd(GraphBuilder& graph, const Operand& indices, const Operand& updates,
                 const Operand& shape, std::string_view name) {
  return OpCall(graph, "ScatterNd", name)
      .Input(indices, "indices")
      .Input(updates, "updates")
      .Input(shape, "shape")
      .Done();
}

Output Where(GraphBuilder& graph, const Operand& condition, std::string_view name) {
  return OpCall(graph, "Where", name).Input(condition, "condition").Done();
}

Output BooleanMask(GraphBuilder& graph, const Operand& value, const Operand& mask,
                   std::string_view name) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(name);
  const Output input = value.ToOutput(graph, "tensor");
  const Output choice = mask.ToOutput(graph, "mask");
  if (!input.is_valid() || !choice.is_valid()) return {};
  const PartialShape& covered = choice.shape();
  if (!covered.has_rank() || covered.rank() == 0 || !input.shape().has_rank() ||
      input.shape().rank() < covered.rank()) {
    graph.KeepError({ErrorCode::kInvalidArgument,
                     fmt::format("the mask {} has shape {} for values {}, want the first "
                                 "dimensions of these",
                                 choice.name(), ToString(covered), ToString(input.shape()))});
    return {};
  }
  const Output shape = ShapeOf(graph, input);
  std::vector<Output> dims = {Operand({-1}).ToOutput(graph, "leading")};
  Output flat = input;
  if (covered.rank() > 1) {
    const Output rest = OpCall(graph, "Slice", "")
                            .Input(shape, "input")
                            .Input({covered.rank()}, "begin")
                            .Input({-1}, "size")
                            .Done();
    dims.push_back(rest);
    flat = Reshape(graph, input,
                   OpCall(graph, "ConcatV2", "concat").Inputs(dims).Input(0, "axis").Done());
  }
  const Output places = Squeeze(graph, Where(graph, Reshape(graph, choice, {-1})), {1});
  return Gather(graph, flat, places);
}

std::vector<Output> DynamicPartition(GraphBuilder& graph, const Operand& value,
                                     const Operand& partitions, int32_t count,
                                     std::string_view name) {
  const Node* node = OpCall(graph, "DynamicPartition", name)
                         .Input(value, "data")
                         .Input(partitions, "partitions")
                         .Attr("num_partitions", int64_t{count})
                         .Done();
  std::vector<Output> parts(static_cast<size_t>(std::max(count, 0)));
  for (size_t i = 0; node != nullptr && i < parts.size(); ++i) {
    parts[i] = Output(node, static_cast<int>(i));
  }
  return parts;
}

Output EmbeddingLookup(GraphBuilder& graph, const Operand& table, const Operand& ids,
                       std::string_view name) {
  if (!graph.ok()) return {};
  const Output rows = table.ToOutput(graph, "params");
  const auto place = graph.ColocateWith(rows);
  const Output found = OpCall(graph, "GatherV2", name)
                           .Input(rows, "params")
                           .Input(ids, "ids")
                           .Input(0, "axis")
                           .Done();
  if (!found.is_valid()) return {};
  return Identity(graph, found, found.node->name + "/Identity/");
}

std::span<const OpSpec> ScatterOps() { return kOps; }
std::span<const KernelDef> ScatterKernels() { return kKernels; }

}  // namespace fanlight

#include "fanlight/engine/graph/graph.h"

#include <algorithm>
#include <charconv>

#include "fanlight/base/text.h"

namespace fanlight {

DType Output::dtype() const { return node->output_dtypes[static_cast<size_t>(index)]; }
const PartialShape& Output::shape() const {
  return node->output_shapes[static_cast<size_t>(index)];
}
bool Output::is_ref() const { return node->output_is_ref[static_cast<size_t>(index)]; }
std::string Output::name() const { return fmt::format("{}:{}", node->name, index); }

void OutputShapes::Tell(size_t i, const PartialShape& shape) {
  auto told = std::make_unique<std::vector<PartialShape>>(all());
  (*told)[i] = shape;
  versions_.push_back(std::move(told));
  told_.store(versions_.back().get(), std::memory_order_release);
}

std::vector<const Node*> Graph::Nodes() const {
  MutexLock lock(mutex_);
  std::vector<const Node*> nodes;
  nodes.reserve(nodes_.size());
  for (const auto& node : nodes_) nodes.push_back(node.get());
  return nodes;
}

int Graph::num_nodes() const {
  MutexLock lock(mutex_);
  return static_cast<int>(nodes_.size());
}

const Node* Graph::FindNode(std::string_view name) const {
  MutexLock lock(mutex_);
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

Result<Output> Graph::FindOutput(std::string_view name) const {
  return FindOutput(name, [this](std::string_view node) { return FindNode(node); });
}

Result<Output> Graph::FindOutput(std::string_view name,
                                 const std::function<const Node*(std::string_view)>& find) {
  std::string_view node_name = name;
  int index = 0;
  if (node_name.starts_with('^')) {
    node_name.remove_prefix(1);
  } else if (const size_t colon = node_name.rfind(':'); colon != std::string_view::npos) {
    const std::string_view digits = node_name.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error != std::errc() || end != digits.data() + digits.size() || index < 0) {
      return Fail(ErrorCode::kInvalidArgument, "{} is not a tensor's name, want \"node:0\"",
                  Quoted(name));
    }
    node_name = node_name.substr(0, colon);
  }
  const Node* node = find(node_name);
  if (node == nullptr) {
    return Fail(ErrorCode::kNotFound, "the graph has no node {}", Quoted(node_name));
  }
  if (index > 0 && index >= node->num_outputs()) {
    return Fail(ErrorCode::kNotFound, "node {} has {} outputs, there is no {}", Describe(*node),
                node->num_outputs(), Quoted(name));
  }
  return Output(node, index);
}

void Graph::Append(std::vector<std::unique_ptr<Node>> nodes) {
  MutexLock lock(mutex_);
  for (std::unique_ptr<Node>& node : nodes) {
    node->id = static_cast<int>(nodes_.size());
    by_name_.emplace(node->name, node.get());
    nodes_.push_back(std::move(node));
  }
}

void Graph::TellShape(const Output& output, const PartialShape& shape) {
  MutexLock lock(mutex_);
  Node& node = *nodes_[static_cast<size_t>(output.node->id)];
  node.output_shapes.Tell(static_cast<size_t>(output.index), shape);
}

std::string Describe(const Node& node) {
  return fmt::format("{} ({})", Quoted(node.name), node.op == nullptr ? "?" : node.op->name);
}

namespace {

Tensor ShapeTensor(const Shape& shape, DType dtype) {
  if (dtype == DType::kInt64) return Tensor::Vector<int64_t>(shape.dims());
  Tensor tensor(DType::kInt32, {shape.rank()});
  for (int i = 0; i < shape.rank(); ++i) {
    tensor.mutable_flat<int32_t>()[static_cast<size_t>(i)] = static_cast<int32_t>(shape[i]);
  }
  return tensor;
}

Tensor IntegerScalar(int64_t value, DType dtype) {
  if (dtype == DType::kInt64) return Tensor::Scalar(value);
  return Tensor::Scalar(static_cast<int32_t>(value));
}

}  // namespace

std::optional<Tensor> ConstantValue(const Output& output) {
  if (!output.is_valid()) return std::nullopt;
  const Node& node = *output.node;
  const std::string_view type = node.type();
  if (type == "Const") return node.attr<Tensor>("value");
  if (type == "Shape") {
    const std::optional<Shape> shape = node.input(0).shape().ToShape();
    if (shape) return ShapeTensor(*shape, output.dtype());
  } else if (type == "Rank") {
    const PartialShape& shape = node.input(0).shape();
    if (shape.has_rank()) return Tensor::Scalar(static_cast<int32_t>(shape.rank()));
  } else if (type == "Size") {
    const std::optional<int64_t> size = node.input(0).shape().num_elements();
    if (size) return IntegerScalar(*size, output.dtype());
  } else if (type == "Range") {
    std::vector<int64_t> bounds;
    for (const Output& input : node.inputs) {
      const std::optional<Tensor> bound = ConstantValue(input);
      if (!bound || !IsInteger(bound->dtype())) return std::nullopt;
      const auto wide = ConvertTo(*bound, DType::kInt64);
      if (!wide || wide->num_elements() != 1) return std::nullopt;
      bounds.push_back(wide->flat<int64_t>()[0]);
    }
    if (bounds[2] != 1 || bounds[1] - bounds[0] > kMaxRank) return std::nullopt;
    std::vector<int64_t> values;
    for (int64_t value = bounds[0]; value < bounds[1]; ++value) values.push_back(value);
    const auto converted =
        ConvertTo(Tensor::Vector<int64_t>(std::span<const int64_t>(values)), output.dtype());
    if (converted) return *converted;
  }
  return std::nullopt;
}

namespace {

// The only element of a constant; nullopt for others.
std::optional<int64_t> ConstantInteger(const Output& output) {
  const std::optional<Tensor> value = ConstantValue(output);
  if (!value || value->num_elements() != 1 || !IsInteger(value->dtype())) return std::nullopt;
  const auto wide = ConvertTo(*value, DType::kInt64);
  if (!wide) return std::nullopt;
  return wide->flat<int64_t>()[0];
}

PartialShape PackedAsShape(const Node& pack) {
  if (pack.num_inputs() > kMaxRank) return PartialShape::Unknown();
  PartialShape shape = PartialShape::UnknownOfRank(pack.num_inputs());
  for (int i = 0; i < pack.num_inputs(); ++i) {
    const std::optional<int64_t> dim = ConstantInteger(pack.input(i));
    if (dim && *dim >= 0) shape.set_dim(i, *dim);
  }
  return shape;
}

// So many nodes one behind the other are looked through.
constexpr int kMaxDepth = 8;
PartialShape ValueAsShape(const Output& output, int depth);

PartialShape JoinedAsShape(const Node& concat, int depth) {
  std::vector<int64_t> dims;
  for (int i = 0; i + 1 < concat.num_inputs(); ++i) {
    const PartialShape part = ValueAsShape(concat.input(i), depth);
    if (!part.has_rank()) return PartialShape::Unknown();
    dims.insert(dims.end(), part.dims().begin(), part.dims().end());
  }
  return PartialShape::From(dims).value_or(PartialShape::Unknown());
}

// Some dimensions of a shape that lie side by side.
PartialShape SlicedAsShape(const Node& slice, int depth) {
  const auto mask = [&](std::string_view name) { return slice.attr<int64_t>(name); };
  const PartialShape whole = ValueAsShape(slice.input(0), depth);
  if (!whole.has_rank() || ConstantInteger(slice.input(3)) != 1 || mask("ellipsis_mask") != 0 ||
      mask("new_axis_mask") != 0 || mask("shrink_axis_mask") != 0) {
    return PartialShape::Unknown();
  }
  const auto bound = [&](int input, std::string_view name, int64_t open) -> std::optional<int64_t> {
    if (mask(name) != 0) return open;
    const std::optional<int64_t> at = ConstantInteger(slice.input(input));
    if (!at) return std::nullopt;
    return std::clamp<int64_t>(*at < 0 ? *at + whole.rank() : *at, 0, whole.rank());
  };
  const std::optional<int64_t> begin = bound(1, "begin_mask", 0);
  const std::optional<int64_t> end = bound(2, "end_mask", whole.rank());
  if (!begin || !end) return PartialShape::Unknown();
  const auto length = static_cast<size_t>(std::max<int64_t>(0, *end - *begin));
  return *PartialShape::From(whole.dims().subspan(static_cast<size_t>(*begin), length));
}

PartialShape ValueAsShape(const Output& output, int depth) {
  if (const std::optional<Tensor> value = ConstantValue(output)) {
    const auto wide = ConvertTo(*value, DType::kInt64);
    if (!wide || wide->rank() != 1) return PartialShape::Unknown();
    const auto shape = PartialShape::From(wide->flat<int64_t>());
    return shape ? *shape : PartialShape::Unknown();
  }
  if (output.node->type() == "Shape") return output.node->input(0).shape();
  const PartialShape& length = output.shape();
  PartialShape told;
  if (output.node->type() == "Pack") {
    told = PackedAsShape(*output.node);
  } else if (length.rank() == 1 && length[0] > 0 && depth < kMaxDepth) {
    // What has no elements is not looked into, or a node that joins one twice would double the work.
    if (output.node->type() == "ConcatV2") told = JoinedAsShape(*output.node, depth + 1);
    if (output.node->type() == "StridedSlice") told = SlicedAsShape(*output.node, depth + 1);
  }
  if (told.has_rank()) return told;
  if (length.rank() == 1 && length[0] >= 0 && length[0] <= kMaxRank) {
    return PartialShape::UnknownOfRank(static_cast<int>(length[0]));
  }
  return PartialShape::Unknown();
}

}  // namespace

PartialShape ConstantValueAsShape(const Output& output) { return ValueAsShape(output, 0); }

}  // namespace fanlight

#include "fanlight/engine/graph/ops/variable_util.h"

#include <cstring>

namespace fanlight {

Result<PartialShape> VariableShapeAt(const InferenceContext& context, int i) {
  const Output& input = context.node().input(i);
  if (!IsHandle(input)) return context.input(i);
  const Node* variable = VariableNodeOf(input);
  if (variable == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "{} is no handle of a variable", input.name());
  }
  return variable->attr<PartialShape>("shape");
}

DType ValueDType(const Output& variable) {
  const Node* node = VariableNodeOf(variable);
  return node == nullptr ? variable.dtype() : node->attr<DType>("dtype");
}

Output ScatterInto(GraphBuilder& graph, const std::string& op, const Output& variable,
                   const Operand& indices, const Operand& updates, std::string_view name) {
  if (!graph.ok() || !variable.is_valid()) return {};
  const DType dtype = ValueDType(variable);
  return OpCall(graph, IsHandle(variable) ? "Resource" + op : op, name)
      .Input(variable, "ref")
      .Input(indices, "indices")
      .Input(updates, "updates", updates.is_output() ? DType::kInvalid : dtype)
      .Done();
}

Status AssignValue(VariableState& variable, const Tensor& value, const PartialShape& declared) {
  if (!declared.IsCompatibleWith(PartialShape(value.shape()))) {
    return Fail(ErrorCode::kInvalidArgument, "variable {} has shape {}, cannot be assigned {}",
                Describe(*variable.node), ToString(declared), Describe(value));
  }
  if (value.data() == variable.value.data() && variable.value.is_valid()) return {};
  if (value.dtype() == DType::kString) {
    variable.value = value.Clone();
    return {};
  }
  FL_ASSIGN_OR_RETURN(Tensor* const target, variable.ForOverwriting(value.dtype(), value.shape()));
  if (value.num_bytes() != 0) std::memcpy(target->mutable_data(), value.data(), value.num_bytes());
  return {};
}

}  // namespace fanlight

#include "fanlight/engine/graph/widened_kernel.h"

#include <algorithm>

#include "fanlight/engine/graph/plan_nodes.h"

namespace fanlight {
namespace {

DType Widened(DType dtype, DType narrow) { return dtype == narrow ? DType::kFloat32 : dtype; }

// The node as it would be if its numbers were float32.
std::unique_ptr<const Node> WideNode(const Node& node, DType narrow) {
  auto wide = std::make_unique<Node>();
  wide->id = node.id;
  wide->name = node.name;
  wide->op = node.op;
  wide->inputs = node.inputs;
  wide->attrs = node.attrs;
  for (auto& [name, value] : wide->attrs) {
    if (auto* dtype = std::get_if<DType>(&value)) *dtype = Widened(*dtype, narrow);
    if (auto* dtypes = std::get_if<std::vector<DType>>(&value)) {
      for (DType& dtype : *dtypes) dtype = Widened(dtype, narrow);
    }
  }
  for (const DType dtype : node.output_dtypes) {
    wide->output_dtypes.push_back(Widened(dtype, narrow));
  }
  wide->output_shapes = OutputShapes(node.output_shapes.all());
  wide->output_is_ref = node.output_is_ref;
  return wide;
}

class WidenedKernel final : public Kernel {
 public:
  WidenedKernel(std::unique_ptr<const Node> wide, std::unique_ptr<Kernel> kernel, DType narrow,
                int num_assigned)
      : wide_(std::move(wide)),
        kernel_(std::move(kernel)),
        narrow_(narrow),
        num_assigned_(static_cast<size_t>(num_assigned)),
        is_random_(wide_->op->spec.is_stateful && wide_->HasAttr("seed2")) {}

  Status Compute(KernelContext& context) const override {
    const auto num_inputs = static_cast<size_t>(context.num_inputs());
    const size_t num_outputs = wide_->output_dtypes.size();
    std::vector<Tensor> widened(num_inputs);
    std::vector<const Tensor*> inputs(num_inputs);
    for (size_t i = 0; i < num_inputs; ++i) {
      const Tensor& input = context.input(static_cast<int>(i));
      inputs[i] = &input;
      if (!input.is_valid() || input.dtype() != narrow_) continue;
      FL_ASSIGN_OR_RETURN(widened[i], ConvertTo(input, DType::kFloat32));
      inputs[i] = &widened[i];
    }
    // Variables too, for as long as it takes.
    std::vector<VariableState> states(num_assigned_);
    std::vector<VariableState*> variables(num_assigned_);
    for (size_t i = 0; i < num_assigned_; ++i) {
      states[i].node = context.variable(static_cast<int>(i)).node;
      states[i].value = std::move(widened[i]);
      variables[i] = &states[i];
      inputs[i] = &states[i].value;
    }
    std::vector<Tensor> results(num_outputs);
    std::vector<Tensor*> outputs;
    for (Tensor& result : results) outputs.push_back(&result);
    RandomState* const random = is_random_ ? &context.random() : nullptr;
    KernelContext wide(*wide_, inputs.data(), outputs.data(), variables.data(), random);
    FL_TRY(kernel_->Compute(wide));
    for (size_t i = 0; i < num_assigned_; ++i) {
      FL_TRY(Narrow(states[i].value, context.variable(static_cast<int>(i))));
    }
    for (size_t i = 0; i < num_outputs; ++i) {
      const int at = static_cast<int>(i);
      if (!results[i].is_valid()) continue;  // A reference that is handed on.
      if (context.node().output_dtypes[i] != narrow_) {
        context.SetOutput(at, std::move(results[i]));
        continue;
      }
      FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(at, results[i].shape()));
      FL_TRY(ConvertInto(results[i], *output));
    }
    return {};
  }

 private:
  Status Narrow(const Tensor& value, VariableState& variable) const {
    FL_ASSIGN_OR_RETURN(Tensor* const target, variable.ForOverwriting(narrow_, value.shape()));
    return ConvertInto(value, *target);
  }

  const std::unique_ptr<const Node> wide_;  // What the kernel may read while it lives.
  const std::unique_ptr<Kernel> kernel_;
  const DType narrow_;
  const size_t num_assigned_;
  const bool is_random_;
};

}  // namespace

Result<std::unique_ptr<Kernel>> MakeWidenedKernel(
    const Node& node,
    const std::function<Result<std::unique_ptr<Kernel>>(const Node& wide)>& make) {
  const DType narrow = KernelDType(node);
  std::unique_ptr<const Node> wide = WideNode(node, narrow);
  FL_ASSIGN_OR_RETURN(std::unique_ptr<Kernel> kernel, make(*wide));
  return std::make_unique<WidenedKernel>(std::move(wide), std::move(kernel), narrow,
                                         NumAssigned(node));
}

}  // namespace fanlight

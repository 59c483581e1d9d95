// Kernels: what computes an op for one device and dtype.
//
//   Status Negate(KernelContext& context) {
//     FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0,
//     context.input(0).shape())); …
//   }
//   constexpr KernelDef kKernels[] = {{"Neg", DType::kFloat32, MakeFunctionKernel<Negate>}};
//
// A kernel is made for a node when a plan is compiled, reads the node's attributes then, and is
// constant afterwards: several threads may run it at once.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/engine/graph/graph.h"
#include "fanlight/engine/graph/philox.h"
#include "fanlight/engine/tensor/tensor.h"

namespace fanlight {

// The value of a variable in a Session. Whoever holds a handle on it sees it unchanged: kernels
// that assign write into the buffer only when no one else does, else into a new one.
struct VariableState {
  const Node* node = nullptr;
  Tensor value;  // Invalid while it is not initialised.

  // The value's buffer to overwrite, of `shape`, keeping nothing; or one with a copy of the value.
  Result<Tensor*> ForOverwriting(DType dtype, const Shape& shape);
  Result<Tensor*> ForUpdating();
};

// What a kernel reads and writes during one call.
class KernelContext {
 public:
  KernelContext(const Node& node, const Tensor* const* inputs, Tensor* const* outputs,
                VariableState* const* variables, RandomState* random)
      : node_(node), inputs_(inputs), outputs_(outputs), variables_(variables), random_(random) {}

  const Node& node() const { return node_; }
  int num_inputs() const { return node_.num_inputs(); }
  const Tensor& input(int i) const { return *inputs_[i]; }
  // Output i, of `shape` and the node's dtype, its elements not set. It may be the memory of an
  // input of the same shape and dtype where the op is element-wise: read an element before writing
  // it. Errors: kTooLarge.
  Result<Tensor*> AllocateOutput(int i, const Shape& shape) {
    Tensor* output = outputs_[i];
    if (output->is_valid() && output->shape() == shape) return output;
    return AllocateAnew(i, shape);
  }
  // Makes output i a handle on a tensor that exists: an input under another shape.
  void SetOutput(int i, Tensor value) { *outputs_[i] = std::move(value); }
  // The variable that input i refers to, of an op that assigns it.
  VariableState& variable(int i = 0) const { return *variables_[i]; }
  // The node's own stream of random numbers.
  RandomState& random() const { return *random_; }

 private:
  Result<Tensor*> AllocateAnew(int i, const Shape& shape);

  const Node& node_;
  const Tensor* const* inputs_;
  Tensor* const* outputs_;
  VariableState* const* variables_;
  RandomState* random_;
};

class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual Status Compute(KernelContext& context) const = 0;
};

using KernelFactory = Result<std::unique_ptr<Kernel>> (*)(const Node& node);

struct KernelDef {
  std::string_view op;
  DType dtype = DType::kInvalid;  // kInvalid: any.
  KernelFactory make = nullptr;
  std::string_view device = "CPU";
};

// Kernels by op, device and dtype. Upper layers add those of ops whose work is theirs (files,
// summaries) to a copy of StandardKernels() and hand it to a Session.
class KernelRegistry {
 public:
  // A later kernel for the same key takes the place of an earlier one.
  void Add(std::span<const KernelDef> kernels);
  // The kernel for the node's dtype: its attribute T, else dtype, SrcT, Tidx.
  // Errors: kUnimplemented, when there is none.
  Result<std::unique_ptr<Kernel>> Make(const Node& node, std::string_view device = "CPU") const;

 private:
  struct Entry {
    DType dtype;
    std::string_view device;
    KernelFactory make;
  };
  std::unordered_map<std::string_view, std::vector<Entry>> kernels_;
};

// The kernels of ops/. The same object at each call.
std::shared_ptr<const KernelRegistry> StandardKernels();

// The dtype by which a node's kernel is chosen; kInvalid when the op knows only one.
DType KernelDType(const Node& node);

namespace internal {
using KernelFunction = Status (*)(KernelContext&);
std::unique_ptr<Kernel> NewFunctionKernel(KernelFunction function);
}  // namespace internal

// A factory of kernels without anything of their own.
template <internal::KernelFunction function>
Result<std::unique_ptr<Kernel>> MakeFunctionKernel(const Node&) {
  return internal::NewFunctionKernel(function);
}

// A factory of kernels with a constructor K(const Node&).
template <typename K>
Result<std::unique_ptr<Kernel>> MakeKernel(const Node& node) {
  return std::make_unique<K>(node);
}

}  // namespace fanlight

#include "fanlight/engine/graph/kernel.h"

#include <algorithm>

#include "fanlight/engine/graph/widened_kernel.h"

namespace fanlight {
namespace {

class FunctionKernel final : public Kernel {
 public:
  explicit FunctionKernel(internal::KernelFunction function) : function_(function) {}
  Status Compute(KernelContext& context) const override { return function_(context); }

 private:
  const internal::KernelFunction function_;
};

}  // namespace

Result<Tensor*> VariableState::ForOverwriting(DType dtype, const Shape& shape) {
  if (!value.is_valid() || value.is_shared() || value.dtype() != dtype ||
      !(value.shape() == shape)) {
    FL_ASSIGN_OR_RETURN(value, Tensor::Allocate(dtype, shape));
  }
  return &value;
}

Result<Tensor*> VariableState::ForUpdating() {
  if (!value.is_valid()) {
    return Fail(ErrorCode::kFailedPrecondition, "variable {} is not initialised", Describe(*node));
  }
  if (value.is_shared()) value = value.Clone();
  return &value;
}

Result<Tensor*> KernelContext::AllocateAnew(int i, const Shape& shape) {
  FL_ASSIGN_OR_RETURN(*outputs_[i],
                      Tensor::Allocate(node_.output_dtypes[static_cast<size_t>(i)], shape));
  return outputs_[i];
}

void KernelRegistry::Add(std::span<const KernelDef> kernels) {
  for (const KernelDef& kernel : kernels) {
    std::vector<Entry>& entries = kernels_[kernel.op];
    std::erase_if(entries, [&](const Entry& entry) {
      return entry.dtype == kernel.dtype && entry.device == kernel.device;
    });
    entries.push_back({kernel.dtype, kernel.device, kernel.make});
  }
}

DType KernelDType(const Node& node) {
  for (const char* name : {"T", "dtype", "SrcT", "Tidx"}) {
    const auto found = node.attrs.find(std::string_view(name));
    if (found == node.attrs.end()) continue;
    if (const auto* dtype = std::get_if<DType>(&found->second)) return *dtype;
  }
  return DType::kInvalid;
}

Result<std::unique_ptr<Kernel>> KernelRegistry::Make(const Node& node,
                                                     std::string_view device) const {
  const DType dtype = KernelDType(node);
  const auto found = kernels_.find(node.type());
  if (found != kernels_.end()) {
    for (const Entry& entry : found->second) {
      if (entry.device == device && (entry.dtype == dtype || entry.dtype == DType::kInvalid)) {
        auto kernel = entry.make(node);
        if (!kernel) {
          return tl::unexpected<Error>(kernel.error().With("node " + Describe(node)));
        }
        return kernel;
      }
    }
    const auto has_wide = [&](const Entry& entry) {
      return entry.device == device && entry.dtype == DType::kFloat32;
    };
    if (IsHalfWide(dtype) && std::ranges::any_of(found->second, has_wide)) {
      return MakeWidenedKernel(node, [&](const Node& wide) { return Make(wide, device); });
    }
  }
  return Fail(ErrorCode::kUnimplemented, "node {}: there is no {} kernel for dtype {}",
              Describe(node), device, DTypeName(dtype));
}

namespace internal {
std::unique_ptr<Kernel> NewFunctionKernel(KernelFunction function) {
  return std::make_unique<FunctionKernel>(function);
}
}  // namespace internal

}  // namespace fanlight

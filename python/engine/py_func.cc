#include "python/engine/py_func.h"

#include <nanobind/stl/string.h>

#include <atomic>

#include "fanlight/engine/train/kernels.h"
#include "python/engine/gil.h"
#include "python/engine/tensors.h"

namespace fanlight::python {
namespace {

std::atomic<bool> there_are_functions{false};

// Owned by who takes it, while Python's lock is held.
thread_local PyObject* raised = nullptr;

// Takes the results: each must be of the dtype that the node has for it.
Status SetOutputs(KernelContext& context, nb::list results) {
  const auto& wanted = context.node().attr<std::vector<DType>>("Tout");
  const auto& token = context.node().attr<std::string>("token");
  if (results.size() != wanted.size()) {
    return Fail(ErrorCode::kInvalidArgument, "{} returns {} values, but expects to see {} values.",
                token, results.size(), wanted.size());
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    // A copy: the function may keep the array and write to it.
    Tensor value = TensorFromPython(results[i]).Clone();
    if (value.dtype() != wanted[i]) {
      return Fail(ErrorCode::kInvalidArgument, "{}-th value returned by {} is {}, but expects {}",
                  i, token, DTypeName(value.dtype()), DTypeName(wanted[i]));
    }
    context.SetOutput(static_cast<int>(i), std::move(value));
  }
  return {};
}

Status CallFunction(KernelContext& context) {
  const auto& token = context.node().attr<std::string>("token");
  const Gil gil;
  if (!gil.is_held()) return Fail(ErrorCode::kCancelled, "{}: Python is about to end", token);
  try {
    nb::list arguments;
    for (int i = 0; i < context.num_inputs(); ++i) {
      arguments.append(TensorToPython(context.input(i)));
    }
    return SetOutputs(context, nb::cast<nb::list>(Call(TheHooks().call_function,
                                                       nb::str(token.c_str()), arguments)));
  } catch (nb::python_error& error) {
    Py_XDECREF(std::exchange(raised, error.value().inc_ref().ptr()));
    return Fail(ErrorCode::kUnavailable, "{} has raised an exception", token);
  } catch (const std::exception& error) {
    return Fail(ErrorCode::kInvalidArgument, "{}: {}", token, error.what());
  }
}

constexpr KernelDef kKernels[] = {
    {"PyFunc", DType::kInvalid, MakeFunctionKernel<CallFunction>},
    {"PyFuncStateless", DType::kInvalid, MakeFunctionKernel<CallFunction>},
};

}  // namespace

std::shared_ptr<const KernelRegistry> KernelsThatCallPython() {
  auto kernels = std::make_shared<KernelRegistry>(*AllKernels());
  kernels->Add(kKernels);
  return kernels;
}

nb::object TakeRaised() { return nb::steal(std::exchange(raised, nullptr)); }

bool RunsMayCallPython() { return there_are_functions.load(); }

void DefinePyFunc(nb::module_& module) {
  module.def("runs_may_call_python", [] { there_are_functions.store(true); });
}

}  // namespace fanlight::python

#include "python/engine/errors.h"

#include "python/engine/hooks.h"

namespace fanlight::python {
namespace {

using namespace nb::literals;  // "name"_a

Hooks hooks;

[[noreturn]] void RaiseAs(const Error& error, bool is_building) {
  if (hooks.make_error == nullptr) throw std::runtime_error(error.message);
  const nb::object exception =
      Call(hooks.make_error, nb::str(ErrorCodeName(error.code).data()),
           nb::str(error.message.data(), error.message.size()), is_building);
  Raise(exception);
}

}  // namespace

const Hooks& TheHooks() { return hooks; }

void DefineHooks(nb::module_& module) {
  module.def(
      "set_hooks",
      [](nb::dict given) {
        const auto take = [&](const char* name) { return nb::object(given[name]).release().ptr(); };
        hooks = {.make_error = take("make_error"),
                 .resolve_fetch = take("resolve_fetch"),
                 .resolve_feed = take("resolve_feed"),
                 .rebuild_fetch = take("rebuild_fetch"),
                 .call_function = take("call_function"),
                 .function_error = take("function_error"),
                 .as_array = take("as_array"),
                 .bytes_array = take("bytes_array"),
                 .bfloat16_bits = take("bfloat16_bits"),
                 .bfloat16_array = take("bfloat16_array"),
                 .ndarray = take("ndarray"),
                 .dtypes = take("dtypes"),
                 .scalars = take("scalars")};
      },
      "hooks"_a);
}

void Raise(nb::handle exception) {
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(exception.ptr())), exception.ptr());
  throw nb::python_error();
}
void Raise(const Error& error) { RaiseAs(error, false); }
void RaiseBuilding(const Error& error) { RaiseAs(error, true); }

void CheckBuilder(GraphBuilder& builder) {
  if (builder.ok()) return;
  const Error error = builder.status().error();
  builder.ClearError();
  RaiseBuilding(error);
}

}  // namespace fanlight::python

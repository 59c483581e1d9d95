// Errors into Python's exceptions.
#pragma once

#include <nanobind/nanobind.h>

#include "fanlight/base/result.h"
#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight::python {

[[noreturn]] void Raise(nanobind::handle exception);
// Throws the error as the exception that the package has for its code (tf.errors).
[[noreturn]] void Raise(const Error& error);
// The same for an error in building a graph, which is a ValueError there.
[[noreturn]] void RaiseBuilding(const Error& error);
// Throws the builder's error, if it has one, which the builder then forgets.
void CheckBuilder(GraphBuilder& builder);

template <typename T>
T Unwrap(Result<T> result) {
  if (!result) Raise(result.error());
  return *std::move(result);
}
inline void Unwrap(const Status& status) {
  if (!status) Raise(status.error());
}

}  // namespace fanlight::python

// For tests of training: results that must be, and sessions of a graph under construction.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/base/result.h"
#include "fanlight/engine/graph/session.h"
#include "fanlight/engine/train/kernels.h"

namespace fanlight {

// The value; ends the test's program with the error's message where there is none.
template <typename T>
T Must(Result<T> result) {
  FL_CHECK(result.has_value(), result.error().message);
  return *std::move(result);
}
inline void Must(Status status) { FL_CHECK(status.has_value(), status.error().message); }

inline std::unique_ptr<Session> NewSession(const GraphBuilder& graph) {
  Must(graph.status());
  return Must(Session::Create(graph.graph(), {.kernels = AllKernels({.sync_checkpoints = false})}));
}

inline std::vector<float> FloatsOf(const Tensor& tensor) {
  const Tensor floats = Must(ConvertTo(tensor, DType::kFloat32));
  const auto values = floats.flat<float>();
  return {values.begin(), values.end()};
}

// The message of a status that must be an error.
inline std::string MessageOf(const Status& status) {
  FL_CHECK(!status.has_value(), "an error is wanted");
  return status.error().message;
}

}  // namespace fanlight

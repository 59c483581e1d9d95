// What the engine's tests share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fanlight/engine/graph/gradients.h"
#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/session.h"

namespace fanlight::testing {

// The value, or a failure of the test with the error's message.
template <typename T>
T Get(Result<T> result) {
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  return result ? *std::move(result) : T{};
}

inline std::string MessageOf(const Status& status) {
  return status ? "no error" : status.error().message;
}
template <typename T>
std::string MessageOf(const Result<T>& result) {
  return result ? "no error" : result.error().message;
}

inline std::unique_ptr<Session> NewSession(const GraphBuilder& graph, bool optimize = true) {
  EXPECT_TRUE(graph.ok()) << MessageOf(graph.status());
  return Get(Session::Create(graph.graph(), {.optimize = optimize}));
}

inline std::vector<float> Floats(const Tensor& tensor) {
  const auto values = tensor.flat<float>();
  return {values.begin(), values.end()};
}

}  // namespace fanlight::testing

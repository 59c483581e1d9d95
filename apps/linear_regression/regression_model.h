// The tutorial's linear regression: 17 points, a weight and a bias.
#pragma once

#include <array>

#include "apps/linear_regression/regression_flags.h"
#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

inline constexpr std::array<float, 17> kRegressionX = {
    3.3f,   4.4f,   5.5f,    6.71f,  6.93f,  4.168f, 9.779f, 6.182f, 7.59f,
    2.167f, 7.042f, 10.791f, 5.313f, 7.997f, 5.654f, 9.27f,  3.1f};
inline constexpr std::array<float, 17> kRegressionY = {
    1.7f,   2.76f,  2.09f,  3.19f, 1.694f, 1.573f, 3.366f, 2.596f, 2.53f,
    1.221f, 2.827f, 3.465f, 1.65f, 2.904f, 2.42f,  2.94f,  1.3f};

struct RegressionModel {
  Output x;  // Placeholders of unknown shape: fed with one number in training, with all for cost.
  Output y;
  Variable weight;
  Variable bias;
  Output cost;
  const Node* train_step = nullptr;
  Output summary;
  const Node* init = nullptr;
};

// Adds the nodes as the tutorial's program makes them. Errors are kept by the builder.
RegressionModel BuildRegressionModel(GraphBuilder& graph, const RegressionFlags& flags);

}  // namespace fanlight

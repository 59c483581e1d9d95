// The engine's ops against TensorFlow's: see tools/record_op_goldens.py for what a case is.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include "fanlight/base/text.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

using boost::json::object;
using boost::json::value;

std::string DecodeBase64(std::string_view text) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t digit = digits.find(c);
    if (digit == std::string_view::npos) break;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  return bytes;
}

double NumberOf(const value& v) {
  if (v.is_string()) {
    if (v.as_string() == "nan") return std::nan("");
    return v.as_string() == "inf" ? INFINITY : -INFINITY;
  }
  if (v.is_bool()) return v.as_bool() ? 1 : 0;
  return v.to_number<double>();
}

Tensor TensorOf(const value& v) {
  const object& o = v.as_object();
  const DType dtype = *DTypeFromName(std::string(o.at("dtype").as_string()));
  std::vector<int64_t> dims;
  for (const value& dim : o.at("shape").as_array()) dims.push_back(dim.as_int64());
  Tensor tensor(dtype, *Shape::From(dims));
  const auto& values = o.at("values").as_array();
  const auto fill = [&]<typename T>(TypeTag<T>) {
    for (size_t i = 0; i < values.size(); ++i) {
      if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
        tensor.mutable_flat<T>()[i] = values[i].is_uint64() ? static_cast<T>(values[i].as_uint64())
                                                            : static_cast<T>(values[i].as_int64());
      } else if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
        tensor.mutable_flat<T>()[i] = T(static_cast<float>(NumberOf(values[i])));
      } else {
        tensor.mutable_flat<T>()[i] = static_cast<T>(NumberOf(values[i]));
      }
    }
  };
  EXPECT_TRUE(VisitArithmetic(dtype, fill) ||
              (VisitDTypeAmong<bool, Float16, BFloat16>(dtype, fill)));
  return tensor;
}

// Equal, NaN to NaN; floats within a few units of the largest element, which sums are made of.
void ExpectClose(const Tensor& ours, const Tensor& theirs, double tolerance,
                 const std::string& where) {
  ASSERT_EQ(Describe(ours), Describe(theirs)) << where;
  const auto wide = [](const Tensor& tensor) { return *ConvertTo(tensor, DType::kFloat64); };
  if (!IsFloating(ours.dtype())) {
    EXPECT_TRUE(Identical(ours, theirs))
        << where << "\n ours   " << ToString(ours, 40) << "\n theirs " << ToString(theirs, 40);
    return;
  }
  const Tensor a = wide(ours);
  const Tensor b = wide(theirs);
  double scale = 1e-30;
  for (const double x : b.flat<double>()) {
    if (std::isfinite(x)) scale = std::max(scale, std::fabs(x));
  }
  scale = std::min(scale, 1e30);
  for (size_t i = 0; i < static_cast<size_t>(a.num_elements()); ++i) {
    const double x = a.flat<double>()[i];
    const double y = b.flat<double>()[i];
    const bool is_close = (std::isnan(x) && std::isnan(y)) || x == y ||
                          std::fabs(x - y) <= tolerance * std::max(std::fabs(y), scale * 0.1);
    ASSERT_TRUE(is_close) << where << " element " << i << ": ours " << x << ", TensorFlow's " << y;
  }
}

class OpGolden : public ::testing::TestWithParam<const char*> {};

void CheckCase(const object& example, bool optimize) {
  const std::string name(example.at("name").as_string());
  SCOPED_TRACE(name + (optimize ? "" : " (not optimised)"));
  proto::GraphDef message;
  ASSERT_TRUE(message.ParseFromString(DecodeBase64(example.at("graph").as_string())));
  GraphBuilder graph;
  const Status imported = ImportGraphDef(graph, message);
  ASSERT_TRUE(imported.has_value()) << testing::MessageOf(imported);
  const auto find = [&](const value& v) {
    return testing::Get(graph.graph()->FindOutput(std::string(v.as_string())));
  };
  std::vector<Session::Feed> feeds;
  for (const auto& feed : example.at("feeds").as_object()) {
    feeds.push_back({find(value(feed.key())), TensorOf(feed.value())});
  }
  // A tolerance of its own counts against the largest element: ten times what it is for others.
  double tolerance = 2e-6;
  if (const value* given = example.if_contains("tolerance")) tolerance = 10 * NumberOf(*given);
  const auto session = testing::NewSession(graph, optimize);
  for (const auto& fetch : example.at("fetches").as_object()) {
    const auto result = session->Run({.feeds = feeds, .fetches = {find(value(fetch.key()))}});
    ASSERT_TRUE(result.has_value()) << testing::MessageOf(result);
    const double limit =
        result->front().dtype() == DType::kFloat64 ? std::min(tolerance, 1e-12) : tolerance;
    ExpectClose(result->front(), TensorOf(fetch.value()), limit, std::string(fetch.key()));
  }
  const value* gradient = example.if_contains("gradient");
  if (gradient == nullptr) return;
  const object& g = gradient->as_object();
  feeds.push_back({find(g.at("incoming")), TensorOf(g.at("weights"))});
  std::vector<Output> xs;
  std::vector<Output> theirs;
  for (const value& x : g.at("xs").as_array()) xs.push_back(find(x));
  for (const value& fetch : g.at("fetches").as_array()) theirs.push_back(find(fetch));
  // TensorFlow's own gradient nodes, run by us; then ours.
  std::vector<Output> ours = Gradients(graph, {find(g.at("y"))}, xs,
                                       {.grad_ys = {find(g.at("incoming"))}, .name = "ours"});
  ASSERT_TRUE(graph.ok()) << testing::MessageOf(graph.status());
  for (const auto& [fetches, who] : {std::pair(theirs, "their gradient nodes"), {ours, "ours"}}) {
    for (size_t i = 0; i < fetches.size(); ++i) {
      ASSERT_TRUE(fetches[i].is_valid()) << who << " of input " << i;
      const auto result = session->Run({.feeds = feeds, .fetches = {fetches[i]}});
      ASSERT_TRUE(result.has_value()) << who << ": " << testing::MessageOf(result);
      const double limit =
          result->front().dtype() == DType::kFloat64 ? 1e-12 : std::max(tolerance, 4e-6);
      ExpectClose(result->front(), TensorOf(g.at("values").as_array()[i]), limit,
                  fmt::format("{} of input {}", who, i));
    }
  }
}

TEST_P(OpGolden, ValuesAndGradientsAreTensorFlows) {
  std::ifstream file(std::string(FANLIGHT_GOLDEN_DIR) + "/ops/" + GetParam() + ".json");
  ASSERT_TRUE(file.good());
  std::stringstream text;
  text << file.rdbuf();
  const value golden = boost::json::parse(text.str());
  const auto& cases = golden.at("cases").as_array();
  ASSERT_FALSE(cases.empty());
  for (const value& example : cases) {
    CheckCase(example.as_object(), /*optimize=*/true);
    CheckCase(example.as_object(), /*optimize=*/false);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, OpGolden,
                         ::testing::Values("unary", "binary", "cast", "reduction", "array", "nn",
                                           "random", "slicing", "conv", "norm", "functions",
                                           "activation", "loss", "segment", "places", "candidates",
                                           "multinomial", "integers", "edges", "branches", "halves",
                                           "unknown_ranks", "diagonal", "sparse_segment"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace fanlight

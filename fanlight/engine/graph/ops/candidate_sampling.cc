#include "fanlight/engine/graph/ops/candidate_sampling.h"

#include <cmath>
#include <unordered_set>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/random.h"

namespace fanlight {
namespace {

Status CandidateShapes(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 2, "argument \"true_classes\""));
  const int64_t num_true = context.node().attr<int64_t>("num_true");
  const int64_t num_sampled = context.node().attr<int64_t>("num_sampled");
  const int64_t range_max = context.node().attr<int64_t>("range_max");
  if (num_true < 1 || num_sampled < 1 || range_max < 1) {
    return Fail(ErrorCode::kInvalidArgument,
                "num_true {}, num_sampled {} and range_max {} must be 1 or more", num_true,
                num_sampled, range_max);
  }
  if (context.node().attr<bool>("unique") && num_sampled > range_max) {
    return Fail(ErrorCode::kInvalidArgument, "{} different classes are wanted of {}", num_sampled,
                range_max);
  }
  FL_ASSIGN_OR_RETURN(const PartialShape classes,
                      Merge(context.input(0), {PartialShape::kUnknown, num_true}));
  context.set_output(0, {num_sampled});
  context.set_output(1, classes);
  context.set_output(2, {num_sampled});
  return {};
}

class LogUniform {
 public:
  explicit LogUniform(int64_t range) : range_(range), log_range_(std::log1p(range)) {}
  int64_t Draw(PhiloxWords& words) const {
    // Rounding may lead out of the range.
    return (static_cast<int64_t>(std::exp(NextDouble(words) * log_range_)) - 1) % range_;
  }
  float Probability(int64_t value) const {
    const auto number = static_cast<double>(value);
    return static_cast<float>(std::log((number + 2.0) / (number + 1.0)) / log_range_);
  }

 private:
  const int64_t range_;
  const double log_range_;
};

class Uniform {
 public:
  explicit Uniform(int64_t range)
      : range_(static_cast<uint64_t>(range)), probability_(1.0f / static_cast<float>(range)) {}
  int64_t Draw(PhiloxWords& words) const {
    const bool is_power_of_two = (range_ & (range_ - 1)) == 0;
    if (is_power_of_two) return static_cast<int64_t>(Next(words) & (range_ - 1));
    // Those that would make the first classes likelier are thrown away.
    const uint64_t rest = ~uint64_t{0} % range_ + 1;
    uint64_t drawn = 0;
    do {
      drawn = Next(words);
    } while (drawn < rest);
    return static_cast<int64_t>(drawn % range_);
  }
  float Probability(int64_t) const { return probability_; }

 private:
  static uint64_t Next(PhiloxWords& words) {
    const uint64_t low = words.Next();
    return low | uint64_t{words.Next()} << 32;
  }
  const uint64_t range_;
  const float probability_;
};

// How often a class of this probability is among `count` that were drawn by so many tries.
float ExpectedCount(float probability, int64_t count, int64_t tries) {
  if (tries == count) return probability * static_cast<float>(count);
  return static_cast<float>(
      -std::expm1(static_cast<double>(tries) * std::log1p(-static_cast<double>(probability))));
}

// The number of tries.
template <typename Distribution>
int64_t DrawAll(const Distribution& distribution, PhiloxWords& words, bool unique,
                std::span<int64_t> classes) {
  std::unordered_set<int64_t> used;
  int64_t tries = 0;
  for (size_t i = 0; i < classes.size();) {
    ++tries;
    classes[i] = distribution.Draw(words);
    if (!unique || used.insert(classes[i]).second) ++i;
  }
  return tries;
}

template <typename Distribution>
Status CandidatesKernel(KernelContext& context) {
  const Node& node = context.node();
  const Tensor& true_classes = context.input(0);
  const int64_t num_sampled = node.attr<int64_t>("num_sampled");
  const int64_t num_true = node.attr<int64_t>("num_true");
  if (true_classes.rank() != 2 || true_classes.shape()[1] != num_true) {
    return Fail(ErrorCode::kInvalidArgument, "true_classes are {}, want [batch,{}]",
                ToString(true_classes.shape()), num_true);
  }
  const Distribution distribution(node.attr<int64_t>("range_max"));
  constexpr uint64_t kBlocksPerClass = 512;
  const uint64_t block =
      context.random().ReserveBlocks(kBlocksPerClass * static_cast<uint64_t>(num_sampled));
  PhiloxWords words(context.random().philox(), block);
  FL_ASSIGN_OR_RETURN(Tensor* const sampled, context.AllocateOutput(0, {num_sampled}));
  FL_ASSIGN_OR_RETURN(Tensor* const true_counts, context.AllocateOutput(1, true_classes.shape()));
  FL_ASSIGN_OR_RETURN(Tensor* const sampled_counts, context.AllocateOutput(2, {num_sampled}));
  const std::span<int64_t> classes = sampled->mutable_flat<int64_t>();
  const int64_t tries = DrawAll(distribution, words, node.attr<bool>("unique"), classes);
  const auto count = [&](std::span<const int64_t> of, std::span<float> counts) {
    for (size_t i = 0; i < of.size(); ++i) {
      counts[i] = ExpectedCount(distribution.Probability(of[i]), num_sampled, tries);
    }
  };
  count(classes, sampled_counts->mutable_flat<float>());
  count(true_classes.flat<int64_t>(), true_counts->mutable_flat<float>());
  return {};
}

#define FL_SAMPLER(op_name)                                              \
  {.name = op_name,                                                      \
   .signature =                                                          \
       "true_classes: int64 -> sampled_candidates: int64, "              \
       "true_expected_count: float32, sampled_expected_count: float32",  \
   .attrs =                                                              \
       "num_true: int, num_sampled: int, unique: bool, range_max: int, " \
       "seed: int = 0, seed2: int = 0",                                  \
   .infer = CandidateShapes,                                             \
   .is_stateful = true,                                                  \
   .has_no_gradient = true}

constexpr OpSpec kOps[] = {FL_SAMPLER("LogUniformCandidateSampler"),
                           FL_SAMPLER("UniformCandidateSampler")};

#undef FL_SAMPLER

constexpr KernelDef kKernels[] = {
    {"LogUniformCandidateSampler", DType::kInvalid,
     MakeFunctionKernel<CandidatesKernel<LogUniform>>},
    {"UniformCandidateSampler", DType::kInvalid, MakeFunctionKernel<CandidatesKernel<Uniform>>},
};

Candidates CandidatesOf(GraphBuilder& graph, std::string_view op, const Operand& true_classes,
                        const CandidateOptions& options, std::string_view name) {
  const PartialShape shape =
      true_classes.is_output() ? true_classes.ToOutput(graph, "").shape() : PartialShape();
  const int64_t num_true = shape.rank() == 2 ? shape[1] : 1;
  const auto [first, second] = graph.NextSeeds(options.seed);
  const Node* node = OpCall(graph, op, name)
                         .Input(true_classes, "true_classes", DType::kInt64)
                         .Attr("num_true", num_true)
                         .Attr("num_sampled", options.num_sampled)
                         .Attr("unique", options.unique)
                         .Attr("range_max", options.range_max)
                         .Attr("seed", first)
                         .Attr("seed2", second)
                         .Done();
  if (node == nullptr) return {};
  return {Output(node, 0), Output(node, 1), Output(node, 2)};
}

}  // namespace

Candidates LogUniformCandidates(GraphBuilder& graph, const Operand& true_classes,
                                const CandidateOptions& options, std::string_view name) {
  return CandidatesOf(graph, "LogUniformCandidateSampler", true_classes, options, name);
}

Candidates UniformCandidates(GraphBuilder& graph, const Operand& true_classes,
                             const CandidateOptions& options, std::string_view name) {
  return CandidatesOf(graph, "UniformCandidateSampler", true_classes, options, name);
}

std::span<const OpSpec> CandidateSamplingOps() { return kOps; }
std::span<const KernelDef> CandidateSamplingKernels() { return kKernels; }

}  // namespace fanlight

// Classes drawn at random to stand for all of them, where there are too many to compare with each: words.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

struct Candidates {
  Output sampled;                 // [num_sampled] int64.
  Output true_expected_count;     // As `true_classes`, float32: how often each is expected.
  Output sampled_expected_count;  // [num_sampled] float32: the same of those that were drawn.
};

struct CandidateOptions {
  int64_t num_sampled = 1;
  int64_t range_max = 1;  // Classes are 0 to below this.
  bool unique = true;     // No class twice.
  std::optional<int64_t> seed{};
};

// Classes of which the first ones are likelier: class c with probability log((c + 2) / (c + 1)) /
// log(range_max + 1), as words are that are numbered by how frequent they are. Gradient: none.
// Shapes:   true_classes [batch, classes of an example] int64.
// Errors:   kInvalidArgument when more classes are wanted, each once, than there are.
// Source:   TensorFlow, log_uniform_candidate_sampler: with the same seeds the same classes.
Candidates LogUniformCandidates(GraphBuilder& graph, const Operand& true_classes,
                                const CandidateOptions& options,
                                std::string_view name = "LogUniformCandidateSampler");
// The same, all classes being as likely.
// Source:   TensorFlow, uniform_candidate_sampler.
Candidates UniformCandidates(GraphBuilder& graph, const Operand& true_classes,
                             const CandidateOptions& options,
                             std::string_view name = "UniformCandidateSampler");

std::span<const OpSpec> CandidateSamplingOps();
std::span<const KernelDef> CandidateSamplingKernels();

}  // namespace fanlight

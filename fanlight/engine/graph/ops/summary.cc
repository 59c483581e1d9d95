#include "fanlight/engine/graph/ops/summary.h"

#include <cctype>

#include "fanlight/engine/graph/inference.h"

namespace fanlight {
namespace {

Status ScalarSummaryShape(InferenceContext& context) {
  if (!context.input(0).IsCompatibleWith(context.input(1))) {
    return Fail(ErrorCode::kInvalidArgument, "tags {} and values {} differ in shape",
                ToString(context.input(0)), ToString(context.input(1)));
  }
  return ScalarOutputs(context);
}

Status HistogramSummaryShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 0, "argument \"tag\""));
  return ScalarOutputs(context);
}

constexpr OpSpec kOps[] = {
    {.name = "ScalarSummary",
     .signature = "tags: string, values: T -> summary: string",
     .attrs = "T: realnumber",
     .infer = ScalarSummaryShape,
     .has_no_gradient = true},
    {.name = "HistogramSummary",
     .signature = "tag: string, values: T -> summary: string",
     .attrs = "T: realnumber = float32",
     .infer = HistogramSummaryShape,
     .has_no_gradient = true},
    {.name = "MergeSummary",
     .signature = "inputs: N * string -> summary: string",
     .attrs = "N: int",
     .infer = ScalarOutputs,
     .has_no_gradient = true},
};

// The name with "_" for each character that a tag does not have, and no leading slashes.
std::string CleanTag(std::string_view name) {
  std::string tag(name);
  for (char& c : tag) {
    const bool is_allowed = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
                            c == '.' || c == '-' || c == '/';
    if (!is_allowed) c = '_';
  }
  tag.erase(0, tag.find_first_not_of('/'));
  return tag;
}

Output Collected(GraphBuilder& graph, const Node* node) {
  if (node == nullptr) return {};
  graph.collections().Add(CollectionKeys::kSummaries, Output(node));
  return node;
}

}  // namespace

Output ScalarSummary(GraphBuilder& graph, std::string_view name, const Operand& value) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(CleanTag(name));
  const std::string tag = graph.name_scope();
  return Collected(
      graph,
      OpCall(graph, "ScalarSummary", tag + "/").Input(tag, "tags").Input(value, "values").Done());
}

Output HistogramSummary(GraphBuilder& graph, std::string_view name, const Operand& values) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(CleanTag(name));
  const std::string tag = graph.name_scope();
  return Collected(graph, OpCall(graph, "HistogramSummary", tag + "/")
                              .Input(tag, "tag")
                              .Input(values, "values")
                              .Done());
}

Output MergeSummary(GraphBuilder& graph, const std::vector<Output>& summaries,
                    std::string_view name) {
  return OpCall(graph, "MergeSummary", name).Inputs(summaries).Done();
}

Output MergeAllSummaries(GraphBuilder& graph) {
  const std::vector<Output> summaries = graph.collections().All<Output>(CollectionKeys::kSummaries);
  if (summaries.empty() || !graph.ok()) return {};
  const auto scope = graph.NameScope("Merge");
  return MergeSummary(graph, summaries);
}

std::span<const OpSpec> SummaryOps() { return kOps; }

}  // namespace fanlight

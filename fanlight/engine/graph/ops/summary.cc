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

Status ImageSummaryShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 0, "argument \"tag\""));
  FL_TRY(context.WantRank(1, 4, "argument \"tensor\""));
  if (context.input(1).has_rank()) {
    const int64_t channels = context.input(1)[3];
    if (channels >= 0 && channels != 1 && channels != 3 && channels != 4) {
      return Fail(ErrorCode::kInvalidArgument, "images {} have {} channels, want 1, 3 or 4",
                  ToString(context.input(1)), channels);
    }
  }
  return ScalarOutputs(context);
}

Status AudioSummaryShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 0, "argument \"tag\""));
  FL_TRY(context.WantRank(2, 0, "argument \"sample_rate\""));
  const PartialShape& tensor = context.input(1);
  if (tensor.has_rank() && tensor.rank() != 2 && tensor.rank() != 3) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "argument \"tensor\" has shape {}, want [batch, frames] or [batch, frames, channels]",
        ToString(tensor));
  }
  return ScalarOutputs(context);
}

Status TensorSummaryShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 0, "argument \"tag\""));
  FL_TRY(context.WantRank(2, 0, "argument \"serialized_summary_metadata\""));
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
    {.name = "ImageSummary",
     .signature = "tag: string, tensor: T -> summary: string",
     .attrs = "max_images: int = 3, T: {uint8|float32|float16|float64} = float32, "
              "bad_color: tensor = uint8[255, 0, 0, 255]",
     .infer = ImageSummaryShape,
     .has_no_gradient = true},
    {.name = "AudioSummaryV2",
     .signature = "tag: string, tensor: float32, sample_rate: float32 -> summary: string",
     .attrs = "max_outputs: int = 3",
     .infer = AudioSummaryShape,
     .has_no_gradient = true},
    {.name = "TensorSummaryV2",
     .signature = "tag: string, tensor: T, serialized_summary_metadata: string -> summary: string",
     .attrs = "T: type",
     .infer = TensorSummaryShape,
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

Output ImageSummary(GraphBuilder& graph, std::string_view name, const Operand& images,
                    int64_t max_outputs) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(CleanTag(name));
  const std::string tag = graph.name_scope();
  return Collected(graph, OpCall(graph, "ImageSummary", tag + "/")
                              .Input(tag, "tag")
                              .Input(images, "tensor")
                              .Attr("max_images", max_outputs)
                              .Done());
}

Output AudioSummary(GraphBuilder& graph, std::string_view name, const Operand& sound,
                    const Operand& sample_rate, int64_t max_outputs) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(CleanTag(name));
  const std::string tag = graph.name_scope();
  const Output rate = sample_rate.ToOutput(graph, "sample_rate", DType::kFloat32);
  return Collected(graph, OpCall(graph, "AudioSummaryV2", tag + "/")
                              .Input(tag, "tag")
                              .Input(sound, "tensor")
                              .Input(rate, "sample_rate")
                              .Attr("max_outputs", max_outputs)
                              .Done());
}

Output TextSummary(GraphBuilder& graph, std::string_view name, const Operand& text) {
  if (!graph.ok()) return {};
  const auto scope = graph.NameScope(CleanTag(name));
  const std::string tag = graph.name_scope();
  const Output value = text.ToOutput(graph, "text");
  if (value.is_valid() && value.dtype() != DType::kString) {
    graph.KeepError(
        {ErrorCode::kInvalidArgument,
         fmt::format("summary {}: the text is {}, want string", tag, DTypeName(value.dtype()))});
    return {};
  }
  // SummaryMetadata { plugin_data { plugin_name: "text" } }, serialized.
  const std::string metadata = "\x0a\x06\x0a\x04text";
  return Collected(graph, OpCall(graph, "TensorSummaryV2", tag + "/")
                              .Input(tag, "tag")
                              .Input(value, "tensor")
                              .Input(metadata, "serialized_summary_metadata")
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

#include "fanlight/board/api/graph_source.h"

#include <fmt/format.h>

#include <map>
#include <unordered_set>

#include "fanlight/base/text.h"
#include "fanlight/board/graphs/keras_model.h"
#include "fanlight/proto/parse.h"

namespace fanlight::api {
namespace {

constexpr std::string_view kRunGraph = "__run_graph__";

// Plugins of TensorFlow 2 mark their content with this; others by that name are not theirs.
bool IsMarked(const store::SeriesView& series) { return series.metadata().content == "1"; }

template <typename Message>
Result<Message> ReadMessage(const Board& board, const store::SeriesView& series,
                            const store::BlobRef& ref) {
  FL_ASSIGN_OR_RETURN(const store::TensorValue value, board.blobs.Read(ref));
  Message message;
  if (value.strings.empty() || !ParseMessage(value.strings.front(), message))
    return Fail(ErrorCode::kDataLoss, "the {} at step {} cannot be read: its bytes are no {}",
                series.tag() == kRunGraph ? "run's graph" : "graph " + Quoted(series.tag()),
                ref.step, message.GetDescriptor()->name());
  return message;
}

// Puts a prefix before every function of `names` that an attribute names.
void RenameFunctions(proto::AttrValue& value, const std::string& prefix,
                     const std::unordered_set<std::string>& names) {
  const auto rename = [&](proto::NameAttrList& function) {
    if (names.contains(function.name())) function.set_name(prefix + function.name());
  };
  if (value.has_func()) rename(*value.mutable_func());
  if (value.has_list())
    for (auto& function : *value.mutable_list()->mutable_func()) rename(function);
}

void RenameCalls(proto::NodeDef& node, const std::string& prefix,
                 const std::unordered_set<std::string>& names) {
  if (names.contains(node.op())) node.set_op(prefix + node.op());
  for (auto& [name, value] : *node.mutable_attr()) RenameFunctions(value, prefix, names);
}

// One graph of a trace under the names it has among several.
void MergeGraph(const proto::GraphDef& graph, int number, Merging merging,
                proto::GraphDef& merged) {
  const std::string node_prefix = fmt::format("graph_{}/", number);
  const std::string function_prefix = fmt::format("graph_{}_", number);
  std::unordered_set<std::string> names;
  for (const auto& function : graph.library().function()) names.insert(function.signature().name());
  for (const proto::NodeDef& node : graph.node()) {
    proto::NodeDef* const copy = merged.add_node();
    *copy = node;
    copy->set_name(node_prefix + node.name());
    const bool is_whole = merging == Merging::kWhole;
    for (std::string& input : *copy->mutable_input()) {
      const bool is_control = is_whole && input.starts_with('^');
      input = is_control ? "^" + node_prefix + input.substr(1) : node_prefix + input;
    }
    if (is_whole) {
      RenameCalls(*copy, function_prefix, names);
      continue;
    }
    const auto function = copy->mutable_attr()->find("f");
    if (function != copy->mutable_attr()->end() && node.op() == "PartitionedCall")
      function->second.mutable_func()->set_name(function_prefix + function->second.func().name());
  }
  for (const auto& function : graph.library().function()) {
    auto* const copy = merged.mutable_library()->add_function();
    *copy = function;
    copy->mutable_signature()->set_name(function_prefix + function.signature().name());
    if (merging != Merging::kWhole) continue;
    for (auto& node : *copy->mutable_node_def()) RenameCalls(node, function_prefix, names);
  }
  for (const auto& gradient : graph.library().gradient()) {
    auto* const copy = merged.mutable_library()->add_gradient();
    copy->set_function_name(function_prefix + gradient.function_name());
    copy->set_gradient_func(function_prefix + gradient.gradient_func());
  }
}

// The graphs of a trace as one: a single one as it is, several with "graph_1/" and so on before their nodes and
// "graph_1_" before their functions.
proto::GraphDef MergedGraph(const proto::RunMetadata& metadata, Merging merging) {
  if (metadata.function_graphs_size() == 1)
    return metadata.function_graphs(0).pre_optimization_graph();
  proto::GraphDef merged;
  int number = 0;
  for (const auto& graphs : metadata.function_graphs()) {
    const proto::GraphDef& graph = graphs.pre_optimization_graph();
    MergeGraph(graph, ++number, merging, merged);
    if (number == 1 && graph.has_versions()) *merged.mutable_versions() = graph.versions();
  }
  return merged;
}

}  // namespace

std::vector<GraphTag> GraphTagsOf(const store::Snapshot& snapshot, store::RunId run) {
  std::map<std::string, GraphTag> tags;
  const auto at = [&](const std::string& tag) -> GraphTag& {
    GraphTag& entry = tags[tag];
    entry.tag = tag;
    return entry;
  };
  for (const store::SeriesView& series : snapshot.Series(run)) {
    const std::string& kind = series.kind();
    if (kind == "graphs") {
      if (series.tag() == kRunGraph) at("").has_ops = true;
    } else if (kind == "graph_tagged_run_metadata") {
      at(series.tag()).has_profile = true;
    } else if (kind == "graph_run_metadata_graph" && IsMarked(series)) {
      at(series.tag()).has_ops = true;
    } else if (kind == "graph_run_metadata" && IsMarked(series)) {
      at(series.tag()).has_ops = at(series.tag()).has_profile = true;
    } else if (kind == "graph_keras_model" && IsMarked(series)) {
      at(series.tag()).has_conceptual = true;
    }
  }
  std::vector<GraphTag> list;
  for (auto& [tag, entry] : tags) list.push_back(std::move(entry));
  return list;
}

Result<GraphSeries> FindGraph(const store::Snapshot& snapshot, store::RunId run,
                              std::string_view tag, GraphType type) {
  const auto found = [&](std::string_view kind, std::string_view name) {
    return snapshot.FindSeries(run, kind, name);
  };
  if (type == GraphType::kConceptual) {
    if (auto series = found("graph_keras_model", tag))
      return GraphSeries{*std::move(series), GraphType::kConceptual};
  } else if (tag.empty()) {
    if (auto series = found("graphs", kRunGraph)) return GraphSeries{*std::move(series)};
  } else {
    for (const std::string_view kind : {"graph_run_metadata", "graph_run_metadata_graph"})
      if (auto series = found(kind, tag)) return GraphSeries{*std::move(series)};
  }
  const store::RunFacts* const facts = snapshot.FindRun(run);
  return Fail(ErrorCode::kNotFound, "run {} has no {}graph{}",
              Quoted(facts == nullptr ? std::string_view() : facts->display_name),
              type == GraphType::kConceptual ? "conceptual " : "",
              tag.empty() ? "" : " by the tag " + Quoted(tag));
}

Result<store::BlobRef> NewestGraph(const Board& board, const store::SeriesView& series) {
  const std::vector<store::BlobRef> refs = series.Blobs(board.settings.compatible_generations);
  if (refs.empty()) return Fail(ErrorCode::kNotFound, "{} has no points", Quoted(series.tag()));
  return refs.back();
}

Result<proto::GraphDef> ReadGraph(const Board& board, const GraphSeries& source,
                                  const store::BlobRef& ref, Merging merging) {
  const store::SeriesView& series = source.series;
  if (source.type == GraphType::kConceptual) {
    FL_ASSIGN_OR_RETURN(const store::TensorValue value, board.blobs.Read(ref));
    return graphs::KerasModelToGraph(value.strings.empty() ? std::string_view()
                                                           : value.strings.front());
  }
  if (series.kind() == "graphs") return ReadMessage<proto::GraphDef>(board, series, ref);
  return ReadMessage<proto::RunMetadata>(board, series, ref)
      .map(
          [merging](const proto::RunMetadata& metadata) { return MergedGraph(metadata, merging); });
}

Result<proto::RunMetadata> ReadRunMetadata(const Board& board, const store::Snapshot& snapshot,
                                           store::RunId run, std::string_view tag) {
  for (const std::string_view kind : {"graph_tagged_run_metadata", "graph_run_metadata"}) {
    const auto series = snapshot.FindSeries(run, kind, tag);
    if (!series) continue;
    FL_ASSIGN_OR_RETURN(const store::BlobRef ref, NewestGraph(board, *series));
    return ReadMessage<proto::RunMetadata>(board, *series, ref);
  }
  return Fail(ErrorCode::kNotFound, "there is no run metadata by the tag {}", Quoted(tag));
}

}  // namespace fanlight::api

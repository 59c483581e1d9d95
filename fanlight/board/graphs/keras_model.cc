#include "fanlight/board/graphs/keras_model.h"

#include <boost/json.hpp>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace fanlight::graphs {
namespace {

namespace json = boost::json;

constexpr int kMaxNesting = 64;

const json::value* Member(const json::value& value, std::string_view name) {
  const json::object* const object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}

std::string TextMember(const json::value& value, std::string_view name) {
  const json::value* const member = Member(value, name);
  const json::string* const text = member == nullptr ? nullptr : member->if_string();
  return text == nullptr ? std::string() : std::string(*text);
}

const json::array* Layers(const json::value& layer) {
  const json::value* const config = Member(layer, "config");
  if (config == nullptr) return nullptr;
  // Sequential models of Keras before 2.3 are a bare list.
  if (const json::array* const list = config->if_array()) return list;
  const json::value* const layers = Member(*config, "layers");
  return layers == nullptr ? nullptr : layers->if_array();
}

std::string NameOf(const json::value& layer) {
  const json::value* const config = Member(layer, "config");
  std::string name = config == nullptr ? std::string() : TextMember(*config, "name");
  return name.empty() ? TextMember(layer, "name") : name;
}

// One output of a layer: its name and the number of the output.
struct Source {
  std::string layer;
  size_t output = 0;
};

std::optional<Source> SourceOf(const json::array& triple) {
  if (triple.size() < 3 || !triple[0].is_string() || !triple[1].is_int64() || !triple[2].is_int64())
    return std::nullopt;
  const int64_t output = triple[2].as_int64();
  return Source{.layer = std::string(triple[0].as_string()),
                .output = output < 0 ? 0 : static_cast<size_t>(output)};
}

// The sources named anywhere inside: `keras_history` of Keras 3, bare triples of Keras 2.
void CollectSources(const json::value& value, std::vector<Source>& sources, int depth) {
  if (depth > kMaxNesting) return;
  if (const json::array* const list = value.if_array()) {
    if (auto source = SourceOf(*list)) {
      sources.push_back(*std::move(source));
      return;
    }
    for (const json::value& each : *list) CollectSources(each, sources, depth + 1);
  } else if (const json::object* const object = value.if_object()) {
    if (const json::value* const history = object->if_contains("keras_history")) {
      CollectSources(*history, sources, depth + 1);
      return;
    }
    for (const auto& member : *object) CollectSources(member.value(), sources, depth + 1);
  }
}

std::vector<Source> SourcesIn(const json::value* value) {
  std::vector<Source> sources;
  if (value != nullptr) CollectSources(*value, sources, 0);
  return sources;
}

std::optional<proto::DataType> DataTypeOf(const json::value& layer) {
  const json::value* const config = Member(layer, "config");
  if (config == nullptr) return std::nullopt;
  std::string name = TextMember(*config, "dtype");
  if (const json::value* const policy = Member(*config, "dtype"); policy && name.empty()) {
    if (const json::value* const inner = Member(*policy, "config"))
      name = TextMember(*inner, "name");
  }
  static const auto& known = *new std::map<std::string, proto::DataType, std::less<>>{
      {"bfloat16", proto::DT_BFLOAT16},   {"bool", proto::DT_BOOL},
      {"complex64", proto::DT_COMPLEX64}, {"float16", proto::DT_HALF},
      {"float32", proto::DT_FLOAT},       {"float64", proto::DT_DOUBLE},
      {"int16", proto::DT_INT16},         {"int32", proto::DT_INT32},
      {"int64", proto::DT_INT64},         {"int8", proto::DT_INT8},
      {"string", proto::DT_STRING},       {"uint16", proto::DT_UINT16},
      {"uint32", proto::DT_UINT32},       {"uint64", proto::DT_UINT64},
      {"uint8", proto::DT_UINT8},
  };
  const auto found = known.find(name);
  if (found == known.end()) return std::nullopt;
  return found->second;
}

// A model whose layers have been added: what stands for it where others name it.
struct Ends {
  std::vector<std::string> inputs;   // Full names of nodes.
  std::vector<std::string> outputs;  // Never empty once it has a node.
};

class ModelGraph {
 public:
  proto::GraphDef Take(const json::value& model) {
    AddModel(model, NameOf(model), 0);
    return std::move(graph_);
  }

 private:
  Ends AddModel(const json::value& model, const std::string& scope, int depth) {
    Ends ends;
    const json::array* const layers = Layers(model);
    if (layers == nullptr || depth > kMaxNesting) return ends;
    std::unordered_map<std::string, Ends> known;  // By the layer's name.
    // First the nodes: a layer may name one that comes later in the list.
    for (const json::value& layer : *layers) {
      const std::string name = NameOf(layer);
      const std::string path = scope.empty() ? name : scope + "/" + name;
      if (Layers(layer) != nullptr) {
        known[name] = AddModel(layer, path, depth + 1);
        continue;
      }
      AddNode(layer, path);
      known[name] = {.inputs = {path}, .outputs = {path}};
    }
    std::string before;
    for (const json::value& layer : *layers) {
      const std::string name = NameOf(layer);
      const json::value* const inbound = Member(layer, "inbound_nodes");
      if (inbound == nullptr) {
        if (!before.empty()) Connect(known, {{.layer = before}}, known[name]);
      } else if (inbound->is_array()) {
        // A layer that is used several times has a list of sources for each.
        for (const json::value& use : inbound->as_array())
          Connect(known, SourcesIn(&use), known[name]);
      }
      before = name;
    }
    EndsOfModel(model, *layers, known, ends);
    return ends;
  }

  void EndsOfModel(const json::value& model, const json::array& layers,
                   std::unordered_map<std::string, Ends>& known, Ends& ends) {
    const json::value& config = *Member(model, "config");
    const auto add = [&](std::string_view member, std::vector<std::string> Ends::* side) {
      for (const Source& source : SourcesIn(Member(config, member))) {
        const auto found = known.find(source.layer);
        if (found == known.end()) continue;
        const std::vector<std::string>& names = found->second.*side;
        (ends.*side).insert((ends.*side).end(), names.begin(), names.end());
      }
    };
    add("input_layers", &Ends::inputs);
    add("output_layers", &Ends::outputs);
    if (layers.empty()) return;
    if (ends.inputs.empty()) ends.inputs = known[NameOf(layers.front())].inputs;
    if (ends.outputs.empty()) ends.outputs = known[NameOf(layers.back())].outputs;
  }

  void AddNode(const json::value& layer, const std::string& path) {
    if (!index_.emplace(path, graph_.node_size()).second) return;
    proto::NodeDef* const node = graph_.add_node();
    node->set_name(path);
    (*node->mutable_attr())["keras_class"].set_s(TextMember(layer, "class_name"));
    if (const auto dtype = DataTypeOf(layer)) (*node->mutable_attr())["dtype"].set_type(*dtype);
  }

  void Connect(const std::unordered_map<std::string, Ends>& known,
               const std::vector<Source>& sources, const Ends& target) {
    for (size_t i = 0; i < sources.size(); ++i) {
      const auto found = known.find(sources[i].layer);
      if (found == known.end() || found->second.outputs.empty() || target.inputs.empty()) continue;
      const std::vector<std::string>& outputs = found->second.outputs;
      const std::string& from = outputs[std::min(sources[i].output, outputs.size() - 1)];
      const auto to = index_.find(target.inputs[std::min(i, target.inputs.size() - 1)]);
      if (to != index_.end()) graph_.mutable_node(to->second)->add_input(from);
    }
  }

  proto::GraphDef graph_;
  std::unordered_map<std::string, int> index_;
};

}  // namespace

Result<proto::GraphDef> KerasModelToGraph(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 512;
  const json::value model = json::parse(text, error, {}, options);
  if (error)
    return Fail(ErrorCode::kInvalidArgument, "a Keras model is JSON, but this is not: {}",
                error.message());
  if (Layers(model) == nullptr)
    return Fail(ErrorCode::kInvalidArgument,
                "a Keras model has a list of layers at \"config.layers\", but this has none");
  return ModelGraph().Take(model);
}

}  // namespace fanlight::graphs

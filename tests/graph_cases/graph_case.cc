#include "tests/graph_cases/graph_case.h"

#include <charconv>
#include <sstream>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/session.h"

namespace fanlight::cases {
namespace {

std::vector<std::string> Words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::vector<std::string> Parts(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::vector<int64_t> Dims(const std::string& text) {  // "[2,-1]"
  std::vector<int64_t> dims;
  for (const std::string& part : Parts(text.substr(1, text.size() - 2), ',')) {
    dims.push_back(part == "?" ? -1 : std::stoll(part));
  }
  return dims;
}

// "float32[2,3]:1,2": the last element stands for all that follow.
Result<Tensor> ParseTensor(const std::string& text) {
  const size_t bracket = text.find('[');
  const size_t end = text.find(']');
  const auto dtype = DTypeFromName(text.substr(0, bracket));
  if (bracket == std::string::npos || end == std::string::npos || !dtype) {
    return Fail(ErrorCode::kInvalidArgument, "this is no tensor: {}", text);
  }
  FL_ASSIGN_OR_RETURN(const Shape shape,
                      Shape::From(Dims(text.substr(bracket, end + 1 - bracket))));
  FL_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(*dtype, shape));
  const std::vector<std::string> values =
      Parts(text.size() > end + 1 ? text.substr(end + 2) : std::string(), ',');
  const auto value_at = [&](size_t i) {
    return values.empty() ? std::string() : values[std::min(i, values.size() - 1)];
  };
  const auto count = static_cast<size_t>(shape.num_elements());
  if (*dtype == DType::kString) {
    for (size_t i = 0; i < count; ++i) tensor.mutable_flat<std::string>()[i] = value_at(i);
    return tensor;
  }
  Tensor numbers(DType::kFloat64, shape);
  for (size_t i = 0; i < count; ++i) {
    const std::string value = value_at(i);
    numbers.mutable_flat<double>()[i] = value.empty() ? 0 : std::stod(value);
  }
  return ConvertTo(numbers, *dtype);
}

Result<AttrValue> ParseAttr(const std::string& text, AttrKind kind) {
  switch (kind) {
    case AttrKind::kBool:
      return text == "true";
    case AttrKind::kInt:
      return int64_t{std::stoll(text)};
    case AttrKind::kFloat:
      return std::stof(text);
    case AttrKind::kType: {
      const auto dtype = DTypeFromName(text);
      if (!dtype) return Fail(ErrorCode::kInvalidArgument, "this is no dtype: {}", text);
      return *dtype;
    }
    case AttrKind::kShape: {
      if (text == "?") return PartialShape::Unknown();
      FL_ASSIGN_OR_RETURN(const PartialShape shape, PartialShape::From(Dims(text)));
      return shape;
    }
    case AttrKind::kTensor: {
      FL_ASSIGN_OR_RETURN(Tensor tensor, ParseTensor(text));
      return tensor;
    }
    case AttrKind::kIntList:
      return Dims(text);
    case AttrKind::kTypeList: {
      std::vector<DType> dtypes;
      for (const std::string& part : Parts(text.substr(1, text.size() - 2), ',')) {
        dtypes.push_back(DTypeFromName(part).value_or(DType::kInvalid));
      }
      return dtypes;
    }
    default:
      return text;
  }
}

// The attribute as the op wants it; of an op or attribute that is not known, text.
AttrKind KindOfAttr(const OpRegistry& ops, const std::string& op, const std::string& attr) {
  const OpDef* def = ops.Find(op);
  const OpDef::Attr* found = def == nullptr ? nullptr : def->FindAttr(attr);
  return found == nullptr ? AttrKind::kString : found->kind;
}

Result<AttrMap> AttrsOf(const OpRegistry& ops, const GraphCase::Node& line) {
  AttrMap attrs;
  for (const auto& [name, text] : line.attrs) {
    // "int:3" says the kind, where it is to be a wrong one.
    AttrKind kind = KindOfAttr(ops, line.op, name);
    std::string value = text;
    if (text.starts_with("int:")) {
      kind = AttrKind::kInt;
      value = text.substr(4);
    } else if (text.starts_with("text:")) {
      kind = AttrKind::kString;
      value = text.substr(5);
    }
    FL_ASSIGN_OR_RETURN(attrs[name], ParseAttr(value, kind));
    // A Const's dtype is its value's, unless it is said.
    if (line.op == "Const" && name == "value" && !attrs.contains("dtype")) {
      if (const Tensor* tensor = std::get_if<Tensor>(&attrs[name])) {
        attrs["dtype"] = tensor->dtype();
      }
    }
  }
  return attrs;
}

Status Add(GraphBuilder& graph, const GraphCase::Node& line) {
  GraphBuilder::NodeSpec spec{.op = line.op, .name = line.name};
  for (const std::string& input : line.inputs) {
    FL_ASSIGN_OR_RETURN(const Output output, graph.graph()->FindOutput(input));
    if (input.starts_with('^')) {
      spec.controls.push_back(output.node);
    } else {
      spec.inputs.push_back(output);
    }
  }
  FL_ASSIGN_OR_RETURN(spec.attrs, AttrsOf(graph.graph()->ops(), line));
  GraphBuilder::Import import(graph);
  FL_TRY(import.Add(std::move(spec), ""));
  import.Commit();
  return {};
}

Status RunCase(const GraphCase& one) {
  GraphBuilder graph;
  for (const GraphCase::Node& node : one.nodes) FL_TRY(Add(graph, node));
  if (one.fetches.empty()) return {};
  FL_ASSIGN_OR_RETURN(const auto built, graph.Build());
  FL_ASSIGN_OR_RETURN(const auto session, Session::Create(built));
  Session::Request request;
  for (const auto& [name, value] : one.feeds) {
    FL_ASSIGN_OR_RETURN(const Output output, built->FindOutput(name));
    request.feeds.push_back({output, value});
  }
  for (const std::string& name : one.fetches) {
    FL_ASSIGN_OR_RETURN(const Output output, built->FindOutput(name));
    (name.starts_with('^') ? request.targets : request.fetches).push_back(output);
  }
  FL_TRY(session->Run(request));
  return {};
}

}  // namespace

Result<std::vector<GraphCase>> ParseGraphCases(const std::vector<std::string>& lines) {
  std::vector<GraphCase> cases;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string& line = lines[i];
    const auto wrong = [&] {
      return Fail(ErrorCode::kInvalidArgument, "line {}: cannot read \"{}\"", i + 1, line);
    };
    const std::vector<std::string> words = Words(line);
    if (words.empty() || line.starts_with('#')) continue;
    if (words[0] == "case") {
      cases.emplace_back().title = line.substr(std::min<size_t>(5, line.size()));
      cases.back().expected_line = i + 1;
      continue;
    }
    if (cases.empty()) return wrong();
    GraphCase& one = cases.back();
    one.expected_line = i + 1;
    if (line.starts_with("! ")) {
      one.expected = line.substr(2);
      one.expected_line = i;
      one.has_expected = true;
    } else if (words[0] == "feed" && words.size() >= 3) {
      auto tensor = ParseTensor(words[2]);
      if (!tensor) return wrong();
      one.feeds.emplace_back(words[1], *tensor);
    } else if (words[0] == "fetch") {
      one.fetches.insert(one.fetches.end(), words.begin() + 1, words.end());
    } else if (words.size() >= 3 && words[1] == "=") {
      GraphCase::Node node{.name = words[0], .op = words[2], .inputs = {}, .attrs = {}};
      for (size_t w = 3; w < words.size(); ++w) {
        const size_t equals = words[w].find('=');
        if (equals == std::string::npos) {
          node.inputs.push_back(words[w]);
        } else {
          node.attrs.emplace_back(words[w].substr(0, equals), words[w].substr(equals + 1));
        }
      }
      one.nodes.push_back(std::move(node));
    } else {
      return wrong();
    }
  }
  return cases;
}

Result<proto::GraphDef> GraphDefOf(const GraphCase& one) {
  proto::GraphDef message;
  message.mutable_versions()->set_producer(27);  // To which a shape of [] is a scalar's.
  for (const GraphCase::Node& line : one.nodes) {
    proto::NodeDef& node = *message.add_node();
    node.set_name(line.name);
    node.set_op(line.op);
    for (const std::string& input : line.inputs) node.add_input(input);
    FL_ASSIGN_OR_RETURN(const AttrMap attrs, AttrsOf(*StandardOps(), line));
    for (const auto& [name, value] : attrs) (*node.mutable_attr())[name] = AttrToProto(value);
  }
  return message;
}

std::string ErrorOf(const GraphCase& one) {
  const Status status = RunCase(one);
  return status ? "" : status.error().message;
}

}  // namespace fanlight::cases

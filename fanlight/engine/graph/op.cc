#include "fanlight/engine/graph/op.h"

#include <algorithm>
#include <charconv>

#include "fanlight/base/check.h"
#include "fanlight/engine/tensor/tensor_proto.h"

namespace fanlight {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Cuts `text` at each `separator` that is not inside brackets.
std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i == text.size() || (text[i] == separator && depth == 0)) {
      const std::string_view part = Trim(text.substr(begin, i - begin));
      if (!part.empty()) parts.push_back(part);
      begin = i + 1;
      continue;
    }
    if (text[i] == '(' || text[i] == '{' || text[i] == '[') ++depth;
    if (text[i] == ')' || text[i] == '}' || text[i] == ']') --depth;
  }
  return parts;
}

std::pair<std::string_view, std::string_view> Cut(std::string_view text, char separator) {
  const size_t at = text.find(separator);
  if (at == std::string_view::npos) return {Trim(text), ""};
  return {Trim(text.substr(0, at)), Trim(text.substr(at + 1))};
}

[[noreturn]] void BadSpec(std::string_view op, std::string_view text) {
  FL_CHECK(false, fmt::format("op {} has a definition that does not parse: {}", op, text));
  std::abort();
}

const std::vector<DType>& Floating() {
  static const std::vector<DType> kSet = {DType::kBFloat16, DType::kFloat16, DType::kFloat32,
                                          DType::kFloat64};
  return kSet;
}

const std::vector<DType>& SignedRealNumbers() {
  static const std::vector<DType> kSet = {DType::kBFloat16, DType::kFloat16, DType::kFloat32,
                                          DType::kFloat64,  DType::kInt8,    DType::kInt16,
                                          DType::kInt32,    DType::kInt64};
  return kSet;
}

const std::vector<DType>& RealNumbers() {
  static const std::vector<DType> kSet = {DType::kBFloat16, DType::kFloat16, DType::kFloat32,
                                          DType::kFloat64,  DType::kInt8,    DType::kInt16,
                                          DType::kInt32,    DType::kInt64,   DType::kUInt8,
                                          DType::kUInt16,   DType::kUInt32,  DType::kUInt64};
  return kSet;
}

// The kind, and the set of types where the text names one.
bool ParseKind(std::string_view text, OpDef::Attr& attr) {
  struct Set {
    std::string_view name;
    std::vector<DType> dtypes;
    bool has_complex = false;
  };
  static const std::vector<Set> kSets = {{"number", RealNumbers(), true},
                                         {"realnumber", RealNumbers()},
                                         {"signednumber", SignedRealNumbers(), true},
                                         {"inexact", Floating(), true},
                                         {"floating", Floating()},
                                         {"index", {DType::kInt32, DType::kInt64}}};
  for (const Set& set : kSets) {
    if (set.name != text) continue;
    attr.kind = AttrKind::kType;
    attr.allowed = set.dtypes;
    if (set.has_complex) {
      attr.allowed.push_back(DType::kComplex64);
      attr.allowed.push_back(DType::kComplex128);
    }
    return true;
  }
  if (text.starts_with('{') && text.ends_with('}')) {
    attr.kind = AttrKind::kType;
    for (const std::string_view name : Split(text.substr(1, text.size() - 2), '|')) {
      const std::optional<DType> dtype = DTypeFromName(name);
      if (!dtype) return false;
      attr.allowed.push_back(*dtype);
    }
    return true;
  }
  for (int kind = 0; kind <= static_cast<int>(AttrKind::kOpaque); ++kind) {
    if (AttrKindName(static_cast<AttrKind>(kind)) == text) {
      attr.kind = static_cast<AttrKind>(kind);
      return true;
    }
  }
  return false;
}

std::optional<AttrValue> ParseDefault(std::string_view text, AttrKind kind) {
  switch (kind) {
    case AttrKind::kBool:
      return text == "true";
    case AttrKind::kInt: {
      int64_t value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      return value;
    }
    case AttrKind::kFloat: {
      float value = 0;
      std::from_chars(text.data(), text.data() + text.size(), value);
      return value;
    }
    case AttrKind::kString:
      return std::string(text.size() >= 2 ? text.substr(1, text.size() - 2) : text);
    case AttrKind::kType: {
      const std::optional<DType> dtype = DTypeFromName(text);
      if (!dtype) return std::nullopt;
      return *dtype;
    }
    case AttrKind::kShape:
      if (text == "unknown") return PartialShape::Unknown();
      return text == "[]" ? std::optional<AttrValue>(PartialShape(Shape())) : std::nullopt;
    case AttrKind::kIntList: {
      if (!text.starts_with('[') || !text.ends_with(']')) return std::nullopt;
      std::vector<int64_t> values;
      for (const std::string_view part : Split(text.substr(1, text.size() - 2), ',')) {
        int64_t value = 0;
        std::from_chars(part.data(), part.data() + part.size(), value);
        values.push_back(value);
      }
      return values;
    }
    case AttrKind::kTensor: {
      // A vector of bytes: "uint8[255, 0]".
      if (!text.starts_with("uint8[") || !text.ends_with(']')) return std::nullopt;
      std::vector<uint8_t> values;
      for (const std::string_view part : Split(text.substr(6, text.size() - 7), ',')) {
        uint8_t value = 0;
        std::from_chars(part.data(), part.data() + part.size(), value);
        values.push_back(value);
      }
      return Tensor::Vector<uint8_t>(std::span<const uint8_t>(values));
    }
    case AttrKind::kStringList:
      return text == "[]" ? std::optional<AttrValue>(std::vector<std::string>()) : std::nullopt;
    case AttrKind::kFloatList:
      return text == "[]" ? std::optional<AttrValue>(std::vector<float>()) : std::nullopt;
    case AttrKind::kShapeList:
      return text == "[]" ? std::optional<AttrValue>(std::vector<PartialShape>()) : std::nullopt;
    default:
      return std::nullopt;
  }
}

bool ParseArg(std::string_view text, const OpDef& op, OpDef::Arg& arg) {
  auto [name, type] = Cut(text, ':');
  arg.name = name;
  if (type.starts_with("Ref(") && type.ends_with(')')) {
    arg.is_ref = true;
    type = type.substr(4, type.size() - 5);
  }
  if (type.find('*') != std::string_view::npos) {
    const auto [number, element] = Cut(type, '*');
    if (op.FindAttr(number) == nullptr) return false;
    arg.number_attr = number;
    type = element;
  }
  if (const OpDef::Attr* attr = op.FindAttr(type)) {
    (attr->kind == AttrKind::kTypeList ? arg.type_list_attr : arg.type_attr) = type;
    return attr->kind == AttrKind::kTypeList || attr->kind == AttrKind::kType;
  }
  const std::optional<DType> dtype = DTypeFromName(type);
  if (!dtype) return false;
  arg.dtype = *dtype;
  return true;
}

std::unique_ptr<OpDef> Parse(const OpSpec& spec) {
  auto op = std::make_unique<OpDef>();
  op->name = spec.name;
  op->spec = spec;
  for (const std::string_view text : Split(spec.attrs, ',')) {
    OpDef::Attr attr;
    const auto [name, rest] = Cut(text, ':');
    const auto [kind, default_text] = Cut(rest, '=');
    attr.name = name;
    if (!ParseKind(kind, attr)) BadSpec(spec.name, text);
    if (rest.find('=') != std::string_view::npos) {
      attr.default_value = ParseDefault(default_text, attr.kind);
      if (!attr.default_value) BadSpec(spec.name, text);
    }
    op->attrs.push_back(std::move(attr));
  }
  const size_t arrow = spec.signature.find("->");
  if (arrow == std::string_view::npos) BadSpec(spec.name, spec.signature);
  const auto parse_args = [&](std::string_view text, std::vector<OpDef::Arg>& args) {
    for (const std::string_view part : Split(text, ',')) {
      OpDef::Arg arg;
      if (!ParseArg(part, *op, arg)) BadSpec(spec.name, part);
      args.push_back(std::move(arg));
    }
  };
  parse_args(spec.signature.substr(0, arrow), op->inputs);
  parse_args(spec.signature.substr(arrow + 2), op->outputs);
  return op;
}

void WriteArg(const OpDef::Arg& arg, proto::OpDef::ArgDef& message) {
  message.set_name(arg.name);
  if (arg.dtype != DType::kInvalid) message.set_type(DTypeToProto(arg.dtype));
  message.set_type_attr(arg.type_attr);
  message.set_number_attr(arg.number_attr);
  message.set_type_list_attr(arg.type_list_attr);
  message.set_is_ref(arg.is_ref);
}

}  // namespace

const OpDef::Attr* OpDef::FindAttr(std::string_view attr_name) const {
  for (const Attr& attr : attrs) {
    if (attr.name == attr_name) return &attr;
  }
  return nullptr;
}

OpRegistry::OpRegistry(std::span<const std::span<const OpSpec>> families) {
  for (const std::span<const OpSpec> family : families) {
    for (const OpSpec& spec : family) {
      const bool is_new = ops_.emplace(spec.name, Parse(spec)).second;
      FL_CHECK(is_new, fmt::format("op {} is defined twice", spec.name));
    }
  }
}

const OpDef* OpRegistry::Find(std::string_view name) const {
  const auto found = ops_.find(name);
  return found == ops_.end() ? nullptr : found->second.get();
}

std::vector<const OpDef*> OpRegistry::All() const {
  std::vector<const OpDef*> all;
  all.reserve(ops_.size());
  for (const auto& [name, op] : ops_) all.push_back(op.get());
  std::sort(all.begin(), all.end(),
            [](const OpDef* a, const OpDef* b) { return a->name < b->name; });
  return all;
}

proto::OpDef OpToProto(const OpDef& op) {
  proto::OpDef message;
  message.set_name(op.name);
  message.set_is_stateful(op.spec.is_stateful);
  for (const OpDef::Arg& arg : op.inputs) WriteArg(arg, *message.add_input_arg());
  for (const OpDef::Arg& arg : op.outputs) WriteArg(arg, *message.add_output_arg());
  for (const OpDef::Attr& attr : op.attrs) {
    proto::OpDef::AttrDef& attr_message = *message.add_attr();
    attr_message.set_name(attr.name);
    attr_message.set_type(std::string(AttrKindName(attr.kind)));
    if (attr.default_value)
      *attr_message.mutable_default_value() = AttrToProto(*attr.default_value);
    for (const DType dtype : attr.allowed) {
      attr_message.mutable_allowed_values()->mutable_list()->add_type(DTypeToProto(dtype));
    }
  }
  return message;
}

}  // namespace fanlight

// Attributes of nodes: the constants that stand with an op, such as the dtype it works on.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/engine/tensor/dtype.h"
#include "fanlight/engine/tensor/shape.h"
#include "fanlight/engine/tensor/tensor.h"
#include "fanlight/proto/graph.pb.h"

namespace fanlight {

// An attribute of a kind that no op here reads (functions, placeholders): kept as the serialized
// AttrValue message, so that a graph which was read can be written again.
struct OpaqueAttr {
  std::string bytes;
  friend bool operator==(const OpaqueAttr&, const OpaqueAttr&) = default;
};

using AttrValue =
    std::variant<bool, int64_t, float, std::string, DType, PartialShape, Tensor, std::vector<bool>,
                 std::vector<int64_t>, std::vector<float>, std::vector<std::string>,
                 std::vector<DType>, std::vector<PartialShape>, std::vector<Tensor>, OpaqueAttr>;

using AttrMap = std::map<std::string, AttrValue, std::less<>>;

// The kinds of attributes as op definitions name them.
enum class AttrKind {
  kBool,
  kInt,
  kFloat,
  kString,
  kType,
  kShape,
  kTensor,
  kBoolList,
  kIntList,
  kFloatList,
  kStringList,
  kTypeList,
  kShapeList,
  kTensorList,
  kOpaque,
};

inline AttrKind KindOf(const AttrValue& value) { return static_cast<AttrKind>(value.index()); }

// "int", "list(type)": the kind's name in op definitions.
std::string_view AttrKindName(AttrKind kind);

// "float32", "[100,784]", "true": for messages and case files.
std::string ToString(const AttrValue& value);

// Whether both are of the same kind and value (tensors: the same bits).
bool SameValue(const AttrValue& a, const AttrValue& b);

proto::AttrValue AttrToProto(const AttrValue& value);

// An empty list's kind does not stand in the message: it is `expected`.
// Errors: those of TensorFromProto and ShapeFromProto; kInvalidArgument, for unknown dtypes.
Result<AttrValue> AttrFromProto(const proto::AttrValue& message, AttrKind expected);

}  // namespace fanlight

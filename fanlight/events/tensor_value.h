// A TensorProto of a summary, decoded as far as one asks. Its elements stand in one of two forms,
// raw bytes (tensor_content) or a list typed by dtype whose last element is repeated; both are read
// here, for every dtype that has numbers or strings.
//
//   FL_ASSIGN_OR_RETURN(const TensorView tensor, DecodeTensor(value.payload));
//   FL_ASSIGN_OR_RETURN(const double loss, ScalarOf(tensor));  // Allocates nothing.
//
// Layout: docs/formats/summaries.md. Views live as long as the payload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/events/bytes.h"

namespace fanlight {

struct TensorView {
  int32_t dtype = 0;           // A DataType (fanlight/proto/types.proto), or an unknown number.
  bool unknown_rank = false;   // The shape says so; there are no elements then.
  int32_t rank = 0;            // Number of dimensions; 0 is a scalar.
  uint64_t element_count = 1;  // Product of the dimensions: a claim, not a promise of bytes.
  Bytes shape;                 // A TensorShapeProto.
  Bytes content;               // Raw elements; wins over the typed list unless empty.
  Bytes message;               // The whole TensorProto.
};

// Errors: kCorrupt when the bytes are not a message; kInvalidArgument for a dimension below 0;
// kTooLarge when the count of elements does not fit 63 bits.
Result<TensorView> DecodeTensor(Bytes tensor);

// The dimensions; empty for a scalar.
Result<std::vector<int64_t>> DimensionsOf(const TensorView& tensor);

// The one element of a numeric tensor, whatever its rank. Whole numbers beyond 2^53 are rounded.
// Errors: kInvalidArgument, when there are more elements or fewer, or the dtype has no real
// numbers.
Result<double> ScalarOf(const TensorView& tensor);

// What a caller is ready to hold, unless it says otherwise.
inline constexpr uint64_t kDefaultMaxElements = uint64_t{1} << 24;

// All elements of a numeric tensor, in row-major order; bool is 0 or 1. Errors: as ScalarOf;
// kTooLarge above `max_elements`, before anything is allocated.
Result<std::vector<double>> NumbersOf(const TensorView& tensor,
                                      uint64_t max_elements = kDefaultMaxElements);

// All elements of a string tensor. Errors: kInvalidArgument for another dtype; kTooLarge.
Result<std::vector<Bytes>> StringsOf(const TensorView& tensor,
                                     uint64_t max_elements = kDefaultMaxElements);

// "float32" for 1 and so on, as TensorFlow's Python names them; "dtype 77" for unknown ones.
std::string DTypeName(int32_t dtype);

}  // namespace fanlight

// Tensors as they stand in graphs, summaries and checkpoints: TensorProto and TensorShapeProto.
#pragma once

#include <cstdint>

#include "fanlight/base/result.h"
#include "fanlight/engine/tensor/shape.h"
#include "fanlight/engine/tensor/tensor.h"
#include "fanlight/proto/types.pb.h"

namespace fanlight {

// The message's tensor. tensor_content wins over typed values; of these the last one stands for
// all that follow, and none at all means zeros or empty strings.
// Errors: kInvalidArgument, for an unknown dtype or shape, tensor_content of another length than
// the shape asks for, or more values than elements; kTooLarge, when the elements would take more
// than `max_bytes` (a few bytes of a message can claim any size); kUnimplemented, for resources
// and variants.
Result<Tensor> TensorFromProto(const proto::TensorProto& message,
                               uint64_t max_bytes = uint64_t{1} << 30);

// As TensorFlow writes it: one element and strings as typed values, more as tensor_content; and
// where all elements have the same bits, as one typed value that stands for all.
proto::TensorProto TensorToProto(const Tensor& tensor);

// Errors: kInvalidArgument, for dimensions below -1 or too many of them.
Result<PartialShape> ShapeFromProto(const proto::TensorShapeProto& message);
proto::TensorShapeProto ShapeToProto(const PartialShape& shape);

inline proto::DataType DTypeToProto(DType dtype) {
  return static_cast<proto::DataType>(static_cast<int>(dtype));
}

}  // namespace fanlight

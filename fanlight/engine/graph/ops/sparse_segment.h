// Reductions of some rows of a table by segments: tf.sparse_segment_sum and its like, as bags of words
// and averages of embeddings have them. The rows are not gathered first.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// Row s of the result is the sum of the rows indices[i] of `data` with segment_ids[i] = s; of
// SparseSegmentMean divided by their number n, of SparseSegmentSqrtN by √n.
// Shapes:   data [rows, …] of real numbers, of Mean and SqrtN of floating ones; indices, segment_ids
//           [n] int32 or int64, the ids never falling; num_segments [] or absent; result
//           [num_segments or last id + 1, …]. A segment without rows is 0.
// Errors:   kInvalidArgument when run with an index that is no row, or ids that are negative, fall, or
//           are not below `num_segments`.
// Gradient: each row has that of the segments it is in, divided as they are: SparseSegmentSumGrad, ….
// Source:   TensorFlow 2.21; golden values in tests/golden/ops/sparse_segment.json.
Output SparseSegmentSum(GraphBuilder& graph, const Operand& data, const Operand& indices,
                        const Operand& segment_ids, const Operand& num_segments = {},
                        std::string_view name = "SparseSegmentSum");
Output SparseSegmentMean(GraphBuilder& graph, const Operand& data, const Operand& indices,
                         const Operand& segment_ids, const Operand& num_segments = {},
                         std::string_view name = "SparseSegmentMean");
Output SparseSegmentSqrtN(GraphBuilder& graph, const Operand& data, const Operand& indices,
                          const Operand& segment_ids, const Operand& num_segments = {},
                          std::string_view name = "SparseSegmentSqrtN");

std::span<const OpSpec> SparseSegmentOps();
std::span<const KernelDef> SparseSegmentKernels();

}  // namespace fanlight

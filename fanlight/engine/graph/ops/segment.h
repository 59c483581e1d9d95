// Reductions of rows by the segment each belongs to.
#pragma once

#include <string_view>

#include "fanlight/engine/graph/graph_builder.h"
#include "fanlight/engine/graph/kernel.h"

namespace fanlight {

// Row s of the result is made of the rows i of `data` with segment_ids[i] = s.
// Shapes:   data [rows, …]; segment_ids [rows] int32 or int64, never falling; result
//           [last id + 1, …]. A segment without rows is 0, of SegmentProd 1.
// Errors:   kInvalidArgument when run with ids that are negative or fall.
// Gradient: each row has its segment's (SegmentMean: divided by the rows; SegmentMax and SegmentMin:
//           shared evenly among ties; SegmentProd:
//     the product of the others).
Output SegmentSum(GraphBuilder& graph, const Operand& data, const Operand& segment_ids,
                  std::string_view name = "SegmentSum");
Output SegmentMean(GraphBuilder& graph, const Operand& data, const Operand& segment_ids,
                   std::string_view name = "SegmentMean");
Output SegmentMax(GraphBuilder& graph, const Operand& data, const Operand& segment_ids,
                  std::string_view name = "SegmentMax");
Output SegmentMin(GraphBuilder& graph, const Operand& data, const Operand& segment_ids,
                  std::string_view name = "SegmentMin");
Output SegmentProd(GraphBuilder& graph, const Operand& data, const Operand& segment_ids,
                   std::string_view name = "SegmentProd");

// The same for ids in any order and of any shape that begins `data`'s; rows with a negative id are
// left out. A segment without rows has what the reduction begins with: 0, 1, the lowest or highest
// number.
// Shapes: the result has `num_segments` rows.
Output UnsortedSegmentSum(GraphBuilder& graph, const Operand& data, const Operand& segment_ids,
                          const Operand& num_segments,
                          std::string_view name = "UnsortedSegmentSum");
Output UnsortedSegmentMax(GraphBuilder& graph, const Operand& data, const Operand& segment_ids,
                          const Operand& num_segments,
                          std::string_view name = "UnsortedSegmentMax");
Output UnsortedSegmentMin(GraphBuilder& graph, const Operand& data, const Operand& segment_ids,
                          const Operand& num_segments,
                          std::string_view name = "UnsortedSegmentMin");
Output UnsortedSegmentProd(GraphBuilder& graph, const Operand& data, const Operand& segment_ids,
                           const Operand& num_segments,
                           std::string_view name = "UnsortedSegmentProd");

std::span<const OpSpec> SegmentOps();
std::span<const KernelDef> SegmentKernels();

}  // namespace fanlight

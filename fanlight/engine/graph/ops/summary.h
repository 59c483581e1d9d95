// Ops that make serialized Summary messages. Their kernels come from fanlight/engine/train.
#pragma once

#include <string_view>
#include <vector>

#include "fanlight/engine/graph/graph_builder.h"

namespace fanlight {

// The scalar `value` under the tag `name`, below the present name scope; listed in the collection
// `summaries`. A name with other characters than letters, digits and "_./-" has "_" for them.
Output ScalarSummary(GraphBuilder& graph, std::string_view name, const Operand& value);
// The distribution of `values`, in TensorFlow 1's buckets.
// Errors: kInvalidArgument when run with a value that is not finite.
Output HistogramSummary(GraphBuilder& graph, std::string_view name, const Operand& values);
// All values of these summaries in one message.
// Errors: kInvalidArgument when run with two values of the same tag.
Output MergeSummary(GraphBuilder& graph, const std::vector<Output>& summaries,
                    std::string_view name = "MergeSummary");
// Merges the collection `summaries` as it is now: node `Merge/MergeSummary`. An empty Output when
// there are none.
Output MergeAllSummaries(GraphBuilder& graph);

std::span<const OpSpec> SummaryOps();

}  // namespace fanlight

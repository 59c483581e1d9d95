// Ops that make serialized Summary messages. Their kernels come from fanlight/engine/train.
#pragma once

#include <cstdint>
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
// The first `max_outputs` of a batch of images, as PNG, under the tags `name/image/0`, …; for one
// alone `name/image`.
// Shapes:   [batch, height, width, channels] uint8 or floating, with 1, 3 or 4 channels.
// Numerics: floating images are scaled so that their largest value is 255; with negative values so
//           that 0 is 128 and the largest magnitude 127 away. Pixels that are not finite are red.
// Source:   TensorFlow 1.15, tf.summary.image.
Output ImageSummary(GraphBuilder& graph, std::string_view name, const Operand& images,
                    int64_t max_outputs = 3);
// The first `max_outputs` of a batch of sounds, as WAV of 16 bits, under `name/audio/0`, …
// Shapes: [batch, frames] or [batch, frames, channels] float32 from -1 to 1, what is beyond is cut;
//         `sample_rate` a scalar, in Hertz.
// Source: TensorFlow 1.15, tf.summary.audio.
Output AudioSummary(GraphBuilder& graph, std::string_view name, const Operand& sound,
                    const Operand& sample_rate, int64_t max_outputs = 3);
// Text, of any shape: shown as Markdown, tensors of rank 1 and 2 as tables.
// Source: TensorFlow 1.15, tf.summary.text.
Output TextSummary(GraphBuilder& graph, std::string_view name, const Operand& text);
// All values of these summaries in one message.
// Errors: kInvalidArgument when run with two values of the same tag.
Output MergeSummary(GraphBuilder& graph, const std::vector<Output>& summaries,
                    std::string_view name = "MergeSummary");
// Merges the collection `summaries` as it is now: node `Merge/MergeSummary`. An empty Output when
// there are none.
Output MergeAllSummaries(GraphBuilder& graph);

std::span<const OpSpec> SummaryOps();

}  // namespace fanlight

// What a shape rule sees of a node: its inputs' shapes, and their values where these are constant.
// The same rule runs when a node is made (shapes may be unknown) and when a Plan is compiled for
// the shapes that were fed.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "fanlight/engine/graph/graph.h"

namespace fanlight {

class InferenceContext {
 public:
  // `constants` has a tensor (or an invalid one) for each input; `shape_values` what is known of
  // the shape that an input's elements describe.
  InferenceContext(const Node& node, std::vector<PartialShape> inputs,
                   std::vector<Tensor> constants, std::vector<PartialShape> shape_values)
      : node_(node),
        inputs_(std::move(inputs)),
        constants_(std::move(constants)),
        shape_values_(std::move(shape_values)),
        outputs_(node.output_dtypes.size()) {}

  const Node& node() const { return node_; }
  int num_inputs() const { return static_cast<int>(inputs_.size()); }
  int num_outputs() const { return static_cast<int>(outputs_.size()); }
  const PartialShape& input(int i) const { return inputs_[static_cast<size_t>(i)]; }
  DType input_dtype(int i) const { return node_.input(i).dtype(); }
  // The input's value; nullptr where it is not known before the run.
  const Tensor* constant(int i) const {
    const Tensor& tensor = constants_[static_cast<size_t>(i)];
    return tensor.is_valid() ? &tensor : nullptr;
  }
  // The elements of a constant integer input of rank 0 or 1; nullopt where they are not known.
  std::optional<std::vector<int64_t>> constant_integers(int i) const;
  // The shape that the elements of input i describe, as far as it is known.
  // Errors: kInvalidArgument, for negative or too many dimensions.
  Result<PartialShape> shape_value(int i) const;

  void set_output(int i, const PartialShape& shape) { outputs_[static_cast<size_t>(i)] = shape; }
  const std::vector<PartialShape>& outputs() const { return outputs_; }

  // Errors: kInvalidArgument unless input i may have this rank.
  Status WantRank(int i, int rank, std::string_view what) const;

 private:
  const Node& node_;
  const std::vector<PartialShape> inputs_;
  const std::vector<Tensor> constants_;
  const std::vector<PartialShape> shape_values_;
  std::vector<PartialShape> outputs_;
};

// `shape`, or, where its rank is not known, the rank that a list with an entry (or a row) for each
// dimension has.
PartialShape WithRankOfLength(const PartialShape& shape, const PartialShape& list);

// Rules that many ops share.
Status SameShapeAsFirstInput(InferenceContext& context);
Status BroadcastOfTwoInputs(InferenceContext& context);
Status ScalarOutputs(InferenceContext& context);
Status NoOutputs(InferenceContext& context);
Status UnknownOutputs(InferenceContext& context);

}  // namespace fanlight

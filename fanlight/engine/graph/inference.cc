#include "fanlight/engine/graph/inference.h"

namespace fanlight {

std::optional<std::vector<int64_t>> InferenceContext::constant_integers(int i) const {
  const Tensor* tensor = constant(i);
  if (tensor == nullptr || !IsInteger(tensor->dtype()) || tensor->rank() > 1) return std::nullopt;
  const auto wide = ConvertTo(*tensor, DType::kInt64);
  if (!wide) return std::nullopt;
  const auto values = wide->flat<int64_t>();
  return std::vector<int64_t>(values.begin(), values.end());
}

Result<PartialShape> InferenceContext::shape_value(int i) const {
  FL_TRY(WantRank(i, 1, "a shape"));
  if (const auto values = constant_integers(i)) return PartialShape::From(*values);
  return shape_values_[static_cast<size_t>(i)];
}

Status InferenceContext::WantRank(int i, int rank, std::string_view what) const {
  const PartialShape& shape = input(i);
  if (!shape.has_rank() || shape.rank() == rank) return {};
  return Fail(ErrorCode::kInvalidArgument, "{} has shape {}, want rank {}", what, ToString(shape),
              rank);
}

PartialShape WithRankOfLength(const PartialShape& shape, const PartialShape& list) {
  if (shape.has_rank() || list.rank() < 1 || list[0] < 0 || list[0] > kMaxRank) return shape;
  return PartialShape::UnknownOfRank(static_cast<int>(list[0]));
}

Status SameShapeAsFirstInput(InferenceContext& context) {
  for (int i = 0; i < context.num_outputs(); ++i) context.set_output(i, context.input(0));
  return {};
}

Status BroadcastOfTwoInputs(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape, Broadcast(context.input(0), context.input(1)));
  context.set_output(0, shape);
  return {};
}

Status ScalarOutputs(InferenceContext& context) {
  for (int i = 0; i < context.num_outputs(); ++i) context.set_output(i, Shape());
  return {};
}

Status NoOutputs(InferenceContext&) { return {}; }

Status UnknownOutputs(InferenceContext&) { return {}; }

}  // namespace fanlight

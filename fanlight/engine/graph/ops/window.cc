#include "fanlight/engine/graph/ops/window.h"

#include <algorithm>

namespace fanlight {

Result<std::array<int64_t, 2>> HeightAndWidth(const Node& node, std::string_view attr) {
  const auto& values = node.attr<std::vector<int64_t>>(attr);
  if (values.size() != 4) {
    return Fail(ErrorCode::kInvalidArgument, "attribute \"{}\" has {} numbers, want 4", attr,
                values.size());
  }
  if (values[0] != 1 || values[3] != 1) {
    return Fail(ErrorCode::kUnimplemented,
                "attribute \"{}\" is [{},{},{},{}], want 1 for batch and channels", attr, values[0],
                values[1], values[2], values[3]);
  }
  constexpr int64_t kMost = int64_t{1} << 31;
  if (values[1] < 1 || values[2] < 1 || values[1] > kMost || values[2] > kMost) {
    return Fail(ErrorCode::kInvalidArgument,
                "attribute \"{}\" is [{},{},{},{}], want numbers above 0", attr, values[0],
                values[1], values[2], values[3]);
  }
  return std::array<int64_t, 2>{values[1], values[2]};
}

Result<WindowAttrs> WindowAttrs::Of(const Node& node) {
  WindowAttrs attrs;
  if (node.attr<std::string>("data_format") != "NHWC") {
    return Fail(ErrorCode::kUnimplemented, "data_format {}, want NHWC",
                node.attr<std::string>("data_format"));
  }
  FL_ASSIGN_OR_RETURN(attrs.strides_, HeightAndWidth(node, "strides"));
  if (node.HasAttr("dilations")) {
    FL_ASSIGN_OR_RETURN(attrs.dilations_, HeightAndWidth(node, "dilations"));
  }
  const auto& padding = node.attr<std::string>("padding");
  std::vector<int64_t> paddings;
  if (node.HasAttr("explicit_paddings")) {
    paddings = node.attr<std::vector<int64_t>>("explicit_paddings");
  }
  if (padding == "EXPLICIT") {
    const bool is_good =
        paddings.size() == 8 && paddings[0] == 0 && paddings[1] == 0 && paddings[6] == 0 &&
        paddings[7] == 0 &&
        std::ranges::all_of(paddings, [](int64_t p) { return p >= 0 && p < (int64_t{1} << 31); });
    if (!is_good) {
      return Fail(ErrorCode::kInvalidArgument,
                  "attribute \"explicit_paddings\" must have 8 numbers of 0 or more, and 0 for "
                  "batch and channels");
    }
    attrs.padding_ = Padding::kExplicit;
    attrs.paddings_ = {{{paddings[2], paddings[3]}, {paddings[4], paddings[5]}}};
    return attrs;
  }
  if (!paddings.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "attribute \"explicit_paddings\" goes with padding EXPLICIT, not {}", padding);
  }
  if (padding != "SAME" && padding != "VALID") {
    return Fail(ErrorCode::kInvalidArgument, "padding {}, want SAME, VALID or EXPLICIT", padding);
  }
  attrs.padding_ = padding == "SAME" ? Padding::kSame : Padding::kValid;
  return attrs;
}

Result<WindowSpan> WindowAttrs::Span(int dimension, int64_t size, int64_t window) const {
  const auto d = static_cast<size_t>(dimension);
  WindowSpan span{.size = size, .window = window, .dilation = dilations_[d], .stride = strides_[d]};
  span.count = -1;
  if (size < 0 || window < 0) return span;
  if (window == 0) {
    return Fail(ErrorCode::kInvalidArgument, "a window has size 0");
  }
  if (padding_ == Padding::kSame) {
    span.count = (size + span.stride - 1) / span.stride;
    const int64_t missing =
        std::max<int64_t>((span.count - 1) * span.stride + span.extent() - size, 0);
    span.before = missing / 2;
    span.after = missing - span.before;
    return span;
  }
  if (padding_ == Padding::kExplicit) {
    span.before = paddings_[d][0];
    span.after = paddings_[d][1];
  }
  const int64_t room = size + span.before + span.after - span.extent();
  if (room < 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "a window of {} does not fit into {} elements along the {}", span.extent(),
                size + span.before + span.after, dimension == 0 ? "height" : "width");
  }
  span.count = room / span.stride + 1;
  return span;
}

}  // namespace fanlight

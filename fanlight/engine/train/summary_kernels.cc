#include "fanlight/engine/train/summary_kernels.h"

#include <cmath>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <unordered_set>

#include "fanlight/events/histogram.h"
#include "fanlight/events/summary.h"

namespace fanlight {
namespace {

// Fields of Summary and Summary.Value.
constexpr protozero::pbf_tag_type kSummaryValue = 1;
constexpr protozero::pbf_tag_type kValueTag = 1;
constexpr protozero::pbf_tag_type kValueSimpleValue = 2;
constexpr protozero::pbf_tag_type kValueHisto = 5;

Status SetSummary(KernelContext& context, std::string bytes) {
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, Shape()));
  output->mutable_flat<std::string>()[0] = std::move(bytes);
  return {};
}

// Calls `visit` with the tensor's elements as float32 or float64.
template <typename Visit>
Status VisitAsFloating(const Tensor& tensor, Visit visit) {
  if (tensor.dtype() == DType::kFloat32) return visit(tensor.flat<float>());
  if (tensor.dtype() == DType::kFloat64) return visit(tensor.flat<double>());
  FL_ASSIGN_OR_RETURN(const Tensor wide, ConvertTo(tensor, DType::kFloat64));
  return visit(wide.flat<double>());
}

Status ScalarSummaryKernel(KernelContext& context) {
  const Tensor& tags = context.input(0);
  const Tensor& values = context.input(1);
  if (!(tags.shape() == values.shape())) {
    return Fail(ErrorCode::kInvalidArgument, "tags and values not the same shape: {} != {}",
                ToString(tags.shape()), ToString(values.shape()));
  }
  std::string summary;
  protozero::pbf_writer writer(summary);
  FL_TRY(VisitAsFloating(values, [&](const auto elements) -> Status {
    for (size_t i = 0; i < elements.size(); ++i) {
      protozero::pbf_writer value(writer, kSummaryValue);
      value.add_string(kValueTag, tags.flat<std::string>()[i]);
      value.add_float(kValueSimpleValue, static_cast<float>(elements[i]));
    }
    return {};
  }));
  return SetSummary(context, std::move(summary));
}

Status HistogramSummaryKernel(KernelContext& context) {
  const Tensor& tag = context.input(0);
  if (!tag.shape().is_scalar()) {
    return Fail(ErrorCode::kInvalidArgument, "tag must be a scalar, got {}", Describe(tag));
  }
  HistogramAccumulator histogram;
  FL_TRY(VisitAsFloating(context.input(1), [&](const auto elements) -> Status {
    for (const auto element : elements) {
      if (std::isfinite(element)) continue;
      const std::string_view what =
          std::isnan(element) ? "Nan in summary histogram for" : "Infinity in Histogram for";
      return Fail(ErrorCode::kInvalidArgument, "{}: {}", what, context.node().name);
    }
    return histogram.Add(elements);
  }));
  std::string histo;
  AppendHistogram(histo, histogram.Value());
  std::string summary;
  protozero::pbf_writer writer(summary);
  {
    protozero::pbf_writer value(writer, kSummaryValue);
    value.add_string(kValueTag, tag.scalar<std::string>());
    value.add_message(kValueHisto, histo);
  }
  return SetSummary(context, std::move(summary));
}

// A Summary's values are a repeated field: the bytes of several Summaries, one after another, are
// the Summary of all their values.
Status MergeSummaryKernel(KernelContext& context) {
  std::string merged;
  std::unordered_set<std::string> tags;
  for (int i = 0; i < context.num_inputs(); ++i) {
    for (const std::string& summary : context.input(i).flat<std::string>()) {
      SummaryReader values(AsBytes(summary));
      for (;;) {
        FL_ASSIGN_OR_RETURN(const auto value, values.Next());
        if (!value) break;
        // Values without a tag are told apart by nothing, and may be several.
        if (!value->tag.empty() && !tags.emplace(value->tag).second) {
          return Fail(ErrorCode::kInvalidArgument, "Duplicate tag {} found in summary inputs",
                      value->tag);
        }
      }
      merged += summary;
    }
  }
  return SetSummary(context, std::move(merged));
}

constexpr KernelDef kKernels[] = {
    {"ScalarSummary", DType::kInvalid, MakeFunctionKernel<ScalarSummaryKernel>},
    {"HistogramSummary", DType::kInvalid, MakeFunctionKernel<HistogramSummaryKernel>},
    {"MergeSummary", DType::kInvalid, MakeFunctionKernel<MergeSummaryKernel>},
};

}  // namespace

std::span<const KernelDef> SummaryKernels() { return kKernels; }

}  // namespace fanlight

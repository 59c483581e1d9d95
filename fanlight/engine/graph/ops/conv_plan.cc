#include "fanlight/engine/graph/ops/conv_plan.h"

#include <omp.h>

#include <dnnl.hpp>
#include <unordered_map>

#include "fanlight/base/check.h"
#include "fanlight/engine/tensor/workers.h"

namespace fanlight {
namespace {

using dnnl::memory;

bool SameSpan(const WindowSpan& a, const WindowSpan& b) {
  return a.size == b.size && a.window == b.window && a.dilation == b.dilation &&
         a.stride == b.stride && a.before == b.before && a.after == b.after && a.count == b.count;
}

// The engine and the stream of the calling thread: a stream is not to be shared by threads.
const dnnl::engine& Engine() {
  static const dnnl::engine kEngine(dnnl::engine::kind::cpu, 0);
  return kEngine;
}
dnnl::stream& Stream() {
  static thread_local dnnl::stream stream(Engine());
  return stream;
}

// oneDNN's threads are OpenMP's: as many as the run's share has, while this lives.
class OmpThreads {
 public:
  OmpThreads() : before_(omp_get_max_threads()) {
    omp_set_num_threads(ThreadShare::Current().max_threads);
  }
  ~OmpThreads() { omp_set_num_threads(before_); }
  OmpThreads(const OmpThreads&) = delete;
  OmpThreads& operator=(const OmpThreads&) = delete;

 private:
  const int before_;
};

// A tensor as the graph has it, and as the primitive wants it: the same, or a copy in its order.
struct Side {
  memory::desc given;
  memory::desc wanted;
  memory outer;
  memory inner;
  dnnl::reorder reorder;  // Into the primitive's order, or for a result out of it.
  bool is_same = true;

  void Prepare(bool is_result) {
    is_same = given == wanted;
    outer = memory(given, Engine(), nullptr);
    if (is_same) return;
    inner = memory(wanted, Engine());
    reorder = is_result ? dnnl::reorder(inner, outer) : dnnl::reorder(outer, inner);
  }
  memory& primitives() { return is_same ? outer : inner; }
};

}  // namespace

bool operator==(const ConvSizes& a, const ConvSizes& b) {
  return a.batch == b.batch && a.channels == b.channels && a.features == b.features &&
         SameSpan(a.height, b.height) && SameSpan(a.width, b.width);
}

struct ConvPlan::Impl {
  ConvDirection direction;
  Side images;
  Side filters;
  Side features;
  dnnl::primitive primitive;

  void Make(const ConvSizes& s) {
    const memory::dims image_dims = {s.batch, s.channels, s.height.size, s.width.size};
    const memory::dims filter_dims = {s.features, s.channels, s.height.window, s.width.window};
    const memory::dims feature_dims = {s.batch, s.features, s.height.count, s.width.count};
    const auto f32 = memory::data_type::f32;
    images.given = memory::desc(image_dims, f32, memory::format_tag::nhwc);
    filters.given = memory::desc(filter_dims, f32, memory::format_tag::hwio);
    features.given = memory::desc(feature_dims, f32, memory::format_tag::nhwc);
    const memory::desc any_images(image_dims, f32, memory::format_tag::any);
    const memory::desc any_filters(filter_dims, f32, memory::format_tag::any);
    const memory::desc any_features(feature_dims, f32, memory::format_tag::any);
    const memory::dims strides = {s.height.stride, s.width.stride};
    const memory::dims dilations = {s.height.dilation - 1, s.width.dilation - 1};
    const memory::dims before = {s.height.before, s.width.before};
    // What the windows do not reach counts as negative padding.
    const auto after = [](const WindowSpan& span) {
      return (span.count - 1) * span.stride + span.extent() - span.size - span.before;
    };
    const memory::dims behind = {after(s.height), after(s.width)};
    using Forward = dnnl::convolution_forward;
    const Forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, any_images,
         any_filters, any_features, strides, dilations, before, behind},
        Engine());
    const auto set = [&](const memory::desc& image, const memory::desc& filter,
                         const memory::desc& feature) {
      images.wanted = image;
      filters.wanted = filter;
      features.wanted = feature;
    };
    if (direction == ConvDirection::kForward) {
      primitive = Forward(forward);
      set(forward.src_desc(), forward.weights_desc(), forward.dst_desc());
    } else if (direction == ConvDirection::kImages) {
      const dnnl::convolution_backward_data::primitive_desc backward(
          {dnnl::algorithm::convolution_direct, any_images, any_filters, any_features, strides,
           dilations, before, behind},
          Engine(), forward);
      primitive = dnnl::convolution_backward_data(backward);
      set(backward.diff_src_desc(), backward.weights_desc(), backward.diff_dst_desc());
    } else {
      const dnnl::convolution_backward_weights::primitive_desc backward(
          {dnnl::algorithm::convolution_direct, any_images, any_filters, any_features, strides,
           dilations, before, behind},
          Engine(), forward);
      primitive = dnnl::convolution_backward_weights(backward);
      set(backward.src_desc(), backward.diff_weights_desc(), backward.diff_dst_desc());
    }
    images.Prepare(direction == ConvDirection::kImages);
    filters.Prepare(direction == ConvDirection::kFilters);
    features.Prepare(direction == ConvDirection::kForward);
  }
};

std::unique_ptr<ConvPlan> ConvPlan::Create(ConvDirection direction, const ConvSizes& sizes) {
  auto impl = std::make_unique<Impl>();
  impl->direction = direction;
  try {
    impl->Make(sizes);
  } catch (const dnnl::error&) {
    return nullptr;
  }
  return std::unique_ptr<ConvPlan>(new ConvPlan(std::move(impl)));
}

ConvPlan::ConvPlan(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ConvPlan::~ConvPlan() = default;

void ConvPlan::Run(float* images, float* filters, float* features) {
  const OmpThreads threads;
  Impl& p = *impl_;
  p.images.outer.set_data_handle(images);
  p.filters.outer.set_data_handle(filters);
  p.features.outer.set_data_handle(features);
  Side* const result = p.direction == ConvDirection::kForward  ? &p.features
                       : p.direction == ConvDirection::kImages ? &p.images
                                                               : &p.filters;
  try {
    for (Side* side : {&p.images, &p.filters, &p.features}) {
      if (side != result && !side->is_same) {
        side->reorder.execute(Stream(), side->outer, side->inner);
      }
    }
    std::unordered_map<int, memory> arguments;
    const bool is_forward = p.direction == ConvDirection::kForward;
    arguments.emplace(p.direction == ConvDirection::kImages ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC,
                      p.images.primitives());
    arguments.emplace(
        p.direction == ConvDirection::kFilters ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS,
        p.filters.primitives());
    arguments.emplace(is_forward ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, p.features.primitives());
    p.primitive.execute(Stream(), arguments);
    if (!result->is_same) result->reorder.execute(Stream(), result->inner, result->outer);
    Stream().wait();
  } catch (const dnnl::error& error) {
    FL_CHECK(false, fmt::format("oneDNN runs the convolutions it has made: {}", error.what()));
  }
}

}  // namespace fanlight

#include "fanlight/engine/graph/ops/conv_plan.h"

#include <omp.h>

#include <algorithm>
#include <cstddef>
#include <dnnl.hpp>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/engine/tensor/workers.h"

namespace fanlight {
namespace {

using dnnl::memory;

// A slice is worth handing over: some tens of microseconds. Each slice of a gradient of filters has
// sums of its own, which are added up afterwards.
constexpr int64_t kMinSliceFlops = 10'000'000;
constexpr int64_t kMaxSlices = 16;
constexpr int64_t kMaxFilterSlices = 8;

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

// Threads come from the run's share: oneDNN has the calling one alone, while this lives.
class OneOmpThread {
 public:
  OneOmpThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~OneOmpThread() { omp_set_num_threads(before_); }
  OneOmpThread(const OneOmpThread&) = delete;
  OneOmpThread& operator=(const OneOmpThread&) = delete;

 private:
  const int before_;
};

// Memory of a thread that slices use one after another.
class Workspace {
 public:
  static Workspace& OfThread() {
    static thread_local Workspace workspace;
    return workspace;
  }
  ~Workspace() { ::operator delete(data_, kAlignment); }
  // At least so many bytes, not set; what was there before is gone.
  std::byte* AtLeast(size_t bytes) {
    if (bytes > size_) {
      ::operator delete(data_, kAlignment);
      size_ = 0;
      data_ = static_cast<std::byte*>(::operator new(bytes, kAlignment));
      size_ = bytes;
    }
    return data_;
  }
  static size_t Rounded(size_t bytes) { return (bytes + 63) / 64 * 64; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

// A tensor as the graph has it, and as the primitive wants it: the same, or a copy in its order.
struct Side {
  memory::desc given;
  memory::desc wanted;
  dnnl::reorder reorder;  // Into the primitive's order, or for a result out of it.
  bool is_same = true;

  void Prepare(const memory::desc& wish, bool is_result) {
    wanted = wish;
    is_same = given == wanted;
    if (is_same) return;
    using Description = dnnl::reorder::primitive_desc;
    reorder = dnnl::reorder(is_result ? Description(Engine(), wanted, Engine(), given)
                                      : Description(Engine(), given, Engine(), wanted));
  }
  size_t copy_bytes() const { return is_same ? 0 : Workspace::Rounded(wanted.get_size()); }
  void Reorder(void* from, void* to, bool is_result) {
    memory source(is_result ? wanted : given, Engine(), from);
    memory target(is_result ? given : wanted, Engine(), to);
    reorder.execute(Stream(), source, target);
  }
};

// The primitive for so many images, and the orders that it wants.
struct SlicePlan {
  Side images;
  Side filters;
  Side features;
  memory::desc scratchpad;
  dnnl::primitive primitive;

  void Make(ConvDirection direction, const ConvSizes& s, int64_t batch) {
    // In the graph's own order where there is a fast primitive for it: nothing is copied then.
    try {
      if (MakeFor(direction, s, batch, false)) return;
    } catch (const dnnl::error&) {
      // There is none at all.
    }
    MakeFor(direction, s, batch, true);
  }

  // With `in_any_order` images and features are copied where the primitive is faster so. Whether the
  // primitive is a fast one.
  bool MakeFor(ConvDirection direction, const ConvSizes& s, int64_t batch, bool in_any_order) {
    const memory::dims image_dims = {batch, s.channels, s.height.size, s.width.size};
    const memory::dims filter_dims = {s.features, s.channels, s.height.window, s.width.window};
    const memory::dims feature_dims = {batch, s.features, s.height.count, s.width.count};
    const auto f32 = memory::data_type::f32;
    images.given = memory::desc(image_dims, f32, memory::format_tag::nhwc);
    filters.given = memory::desc(filter_dims, f32, memory::format_tag::hwio);
    features.given = memory::desc(feature_dims, f32, memory::format_tag::nhwc);
    const auto any = memory::format_tag::any;
    const memory::desc asked_images =
        in_any_order ? memory::desc(image_dims, f32, any) : images.given;
    const memory::desc asked_filters(filter_dims, f32, any);
    const memory::desc asked_features =
        in_any_order ? memory::desc(feature_dims, f32, any) : features.given;
    std::string name;
    const memory::dims strides = {s.height.stride, s.width.stride};
    const memory::dims dilations = {s.height.dilation - 1, s.width.dilation - 1};
    const memory::dims before = {s.height.before, s.width.before};
    // What the windows do not reach counts as negative padding.
    const auto after = [](const WindowSpan& span) {
      return (span.count - 1) * span.stride + span.extent() - span.size - span.before;
    };
    const memory::dims behind = {after(s.height), after(s.width)};
    // A primitive's own scratchpad would belong to the thread that makes it.
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    using Forward = dnnl::convolution_forward;
    const Forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, asked_images,
         asked_filters, asked_features, strides, dilations, before, behind},
        attributes, Engine());
    if (direction == ConvDirection::kForward) {
      primitive = Forward(forward);
      Take(direction, forward.src_desc(), forward.weights_desc(), forward.dst_desc());
      scratchpad = forward.scratchpad_desc();
      name = forward.impl_info_str();
    } else if (direction == ConvDirection::kImages) {
      const dnnl::convolution_backward_data::primitive_desc backward(
          {dnnl::algorithm::convolution_direct, asked_images, asked_filters, asked_features,
           strides, dilations, before, behind},
          attributes, Engine(), forward);
      primitive = dnnl::convolution_backward_data(backward);
      Take(direction, backward.diff_src_desc(), backward.weights_desc(), backward.diff_dst_desc());
      scratchpad = backward.scratchpad_desc();
      name = backward.impl_info_str();
    } else {
      const dnnl::convolution_backward_weights::primitive_desc backward(
          {dnnl::algorithm::convolution_direct, asked_images, asked_filters, asked_features,
           strides, dilations, before, behind},
          attributes, Engine(), forward);
      primitive = dnnl::convolution_backward_weights(backward);
      Take(direction, backward.src_desc(), backward.diff_weights_desc(), backward.diff_dst_desc());
      scratchpad = backward.scratchpad_desc();
      name = backward.impl_info_str();
    }
    return !name.starts_with("ref") && !name.starts_with("gemm");
  }

  void Take(ConvDirection direction, const memory::desc& image, const memory::desc& filter,
            const memory::desc& feature) {
    images.Prepare(image, direction == ConvDirection::kImages);
    filters.Prepare(filter, direction == ConvDirection::kFilters);
    features.Prepare(feature, direction == ConvDirection::kForward);
  }

  // `filters_in_order` are as the primitive wants them.
  void Run(ConvDirection direction, float* images_at, void* filters_in_order, float* features_at) {
    std::byte* const copy_of_images = Workspace::OfThread().AtLeast(
        images.copy_bytes() + features.copy_bytes() + scratchpad.get_size() + 64);
    std::byte* const copy_of_features = copy_of_images + images.copy_bytes();
    void* const image = images.is_same ? static_cast<void*>(images_at) : copy_of_images;
    void* const feature = features.is_same ? static_cast<void*>(features_at) : copy_of_features;
    const bool makes_images = direction == ConvDirection::kImages;
    const bool makes_features = direction == ConvDirection::kForward;
    if (!images.is_same && !makes_images) images.Reorder(images_at, image, false);
    if (!features.is_same && !makes_features) features.Reorder(features_at, feature, false);
    std::unordered_map<int, memory> arguments;
    arguments.emplace(makes_images ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC,
                      memory(images.wanted, Engine(), image));
    arguments.emplace(
        direction == ConvDirection::kFilters ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS,
        memory(filters.wanted, Engine(), filters_in_order));
    arguments.emplace(makes_features ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST,
                      memory(features.wanted, Engine(), feature));
    arguments.emplace(DNNL_ARG_SCRATCHPAD,
                      memory(scratchpad, Engine(), copy_of_features + features.copy_bytes()));
    primitive.execute(Stream(), arguments);
    if (!images.is_same && makes_images) images.Reorder(image, images_at, true);
    if (!features.is_same && makes_features) features.Reorder(feature, features_at, true);
    Stream().wait();
  }
};

// An error of oneDNN is a bug of ours here: it has made the primitive.
template <typename Run>
void RunByOneDnn(const Run& run) {
  const OneOmpThread one;
  try {
    run();
  } catch (const dnnl::error& error) {
    FL_CHECK(false, fmt::format("oneDNN runs the convolutions it has made: {}", error.what()));
  }
}

}  // namespace

void FinishConvolution(const ConvEpilogue& epilogue, int64_t features, std::span<float> values) {
  if (epilogue.bias == nullptr && !epilogue.relu) return;
  const float floor = epilogue.relu ? 0.0F : -std::numeric_limits<float>::infinity();
  const auto count = static_cast<int64_t>(values.size());
  for (int64_t at = 0; at < count; at += features) {
    float* const pixel = values.data() + at;
    for (int64_t f = 0; f < features; ++f) {
      const float value = epilogue.bias == nullptr ? pixel[f] : pixel[f] + epilogue.bias[f];
      pixel[f] = value < floor ? floor : value;
    }
  }
}

bool operator==(const ConvSizes& a, const ConvSizes& b) {
  return a.batch == b.batch && a.channels == b.channels && a.features == b.features &&
         SameSpan(a.height, b.height) && SameSpan(a.width, b.width);
}

struct ConvPlan::Impl {
  ConvDirection direction;
  ConvSizes sizes;
  int64_t slice_batch = 0;  // Images of each slice but the last.
  int64_t num_slices = 0;
  SlicePlan most;
  SlicePlan last;
  size_t filter_bytes = 0;  // In the primitives' order.
  // Where the primitives want the filters in another order: these. Of a gradient: each slice's sums.
  std::vector<float> filters;

  int64_t image_size() const { return sizes.height.size * sizes.width.size * sizes.channels; }
  int64_t feature_size() const { return sizes.height.count * sizes.width.count * sizes.features; }

  void Make() {
    const int64_t flops = 2 * sizes.batch * feature_size() * sizes.height.window *
                          sizes.width.window * sizes.channels;
    const int64_t most_slices =
        direction == ConvDirection::kFilters ? kMaxFilterSlices : kMaxSlices;
    const int64_t wanted =
        std::clamp<int64_t>(flops / kMinSliceFlops, 1, std::min(most_slices, sizes.batch));
    slice_batch = (sizes.batch + wanted - 1) / wanted;
    num_slices = (sizes.batch + slice_batch - 1) / slice_batch;
    most.Make(direction, sizes, slice_batch);
    last.Make(direction, sizes, sizes.batch - (num_slices - 1) * slice_batch);
    if (!(most.filters.wanted == last.filters.wanted)) {
      slice_batch = sizes.batch;
      num_slices = 1;
      last.Make(direction, sizes, slice_batch);
      most.filters = last.filters;
    }
    filter_bytes = most.filters.wanted.get_size();
    const auto num_floats = filter_bytes / sizeof(float);
    if (direction == ConvDirection::kFilters) {
      filters.resize(num_floats * static_cast<size_t>(num_slices));
    } else if (!most.filters.is_same) {
      filters.resize(num_floats);
    }
  }

  void RunSlice(int64_t i, float* images, float* filters_given, float* features,
                const ConvEpilogue& epilogue) {
    SlicePlan& plan = i + 1 == num_slices ? last : most;
    float* filters_in_order = filters.empty() ? filters_given : filters.data();
    if (direction == ConvDirection::kFilters) {
      filters_in_order += static_cast<size_t>(i) * (filter_bytes / sizeof(float));
    }
    const int64_t first = i * slice_batch;
    const int64_t count = std::min(slice_batch, sizes.batch - first);
    float* const values = features + first * feature_size();
    plan.Run(direction, images + first * image_size(), filters_in_order, values);
    if (direction == ConvDirection::kForward) {
      // While the nearest cache has them.
      FinishConvolution(epilogue, sizes.features,
                        {values, static_cast<size_t>(count * feature_size())});
    }
  }

  // The sums of the slices, in their order, become the result.
  void AddFilters(float* result) {
    const size_t count = filter_bytes / sizeof(float);
    for (int64_t i = 1; i < num_slices; ++i) {
      const float* const more = filters.data() + static_cast<size_t>(i) * count;
      for (size_t at = 0; at < count; ++at) filters[at] += more[at];
    }
    if (most.filters.is_same) {
      std::copy_n(filters.data(), count, result);
    } else {
      most.filters.Reorder(filters.data(), result, true);
      Stream().wait();
    }
  }
};

std::unique_ptr<ConvPlan> ConvPlan::Create(ConvDirection direction, const ConvSizes& sizes) {
  const OneOmpThread one;
  auto impl = std::make_unique<Impl>();
  impl->direction = direction;
  impl->sizes = sizes;
  try {
    impl->Make();
  } catch (const dnnl::error&) {
    return nullptr;
  }
  return std::unique_ptr<ConvPlan>(new ConvPlan(std::move(impl)));
}

ConvPlan::ConvPlan(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ConvPlan::~ConvPlan() = default;

void ConvPlan::Run(float* images, float* filters, float* features, const ConvEpilogue& epilogue) {
  Impl& p = *impl_;
  const bool makes_filters = p.direction == ConvDirection::kFilters;
  if (!makes_filters && !p.filters.empty()) {
    RunByOneDnn([&] {
      p.most.filters.Reorder(filters, p.filters.data(), false);
      Stream().wait();
    });
  }
  ThreadShare::Current().ForEachPart(p.num_slices, [&](int64_t i) {
    RunByOneDnn([&] { p.RunSlice(i, images, filters, features, epilogue); });
  });
  if (makes_filters) {
    RunByOneDnn([&] { p.AddFilters(filters); });
  }
}

}  // namespace fanlight

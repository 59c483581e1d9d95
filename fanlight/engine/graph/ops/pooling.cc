#include "fanlight/engine/graph/ops/pooling.h"

#include <algorithm>
#include <limits>

#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/joined_kernels.h"
#include "fanlight/engine/graph/ops/kernel_util.h"
#include "fanlight/engine/graph/ops/window.h"

namespace fanlight {
namespace {

struct PoolAttrs {
  WindowAttrs window;
  std::array<int64_t, 2> size{};

  static Result<PoolAttrs> Of(const Node& node) {
    FL_ASSIGN_OR_RETURN(const WindowAttrs window, WindowAttrs::Of(node));
    FL_ASSIGN_OR_RETURN(const auto size, HeightAndWidth(node, "ksize"));
    return PoolAttrs{window, size};
  }
};

Status PoolShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 4, "argument \"input\""));
  FL_ASSIGN_OR_RETURN(const PoolAttrs attrs, PoolAttrs::Of(context.node()));
  const PartialShape images =
      context.input(0).has_rank() ? context.input(0) : PartialShape::UnknownOfRank(4);
  FL_ASSIGN_OR_RETURN(const WindowSpan height, attrs.window.Span(0, images[1], attrs.size[0]));
  FL_ASSIGN_OR_RETURN(const WindowSpan width, attrs.window.Span(1, images[2], attrs.size[1]));
  context.set_output(0, PartialShape{images[0], height.count, width.count, images[3]});
  return {};
}

Status AvgPoolGradShape(InferenceContext& context) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape, context.shape_value(0));
  FL_ASSIGN_OR_RETURN(const PartialShape images, Merge(shape, PartialShape::UnknownOfRank(4)));
  context.set_output(0, images);
  return {};
}

// The images and the windows on them.
struct PoolSizes {
  int64_t batch = 0;
  int64_t channels = 0;
  WindowSpan height;
  WindowSpan width;

  static Result<PoolSizes> Of(const PoolAttrs& attrs, const Shape& images) {
    if (images.rank() != 4) {
      return Fail(ErrorCode::kInvalidArgument, "the images {} must have rank 4", ToString(images));
    }
    PoolSizes sizes{.batch = images[0], .channels = images[3], .height = {}, .width = {}};
    FL_ASSIGN_OR_RETURN(sizes.height, attrs.window.Span(0, images[1], attrs.size[0]));
    FL_ASSIGN_OR_RETURN(sizes.width, attrs.window.Span(1, images[2], attrs.size[1]));
    return sizes;
  }
  Shape result() const { return {batch, height.count, width.count, channels}; }
  int64_t image_size() const { return height.size * width.size * channels; }
};

// The elements of a dimension that the window at `position` covers.
struct Covered {
  int64_t begin;
  int64_t end;

  static Covered Of(const WindowSpan& span, int64_t position) {
    const int64_t first = position * span.stride - span.before;
    return {std::max<int64_t>(first, 0), std::min(first + span.window, span.size)};
  }
};

// Calls visit(offset of the result's pixel, rows, columns, offset of the image) for each window of
// one image.
template <typename Visit>
void ForEachWindow(const PoolSizes& s, int64_t image, Visit visit) {
  int64_t at = image * s.height.count * s.width.count * s.channels;
  const int64_t first_pixel = image * s.image_size();
  for (int64_t row = 0; row < s.height.count; ++row) {
    const Covered rows = Covered::Of(s.height, row);
    for (int64_t column = 0; column < s.width.count; ++column, at += s.channels) {
      visit(at, rows, Covered::Of(s.width, column), first_pixel);
    }
  }
}

// Calls visit(offset of the pixel) for each pixel of a window.
template <typename Visit>
void ForEachPixel(const PoolSizes& s, const Covered& rows, const Covered& columns, int64_t image,
                  Visit visit) {
  for (int64_t y = rows.begin; y < rows.end; ++y) {
    for (int64_t x = columns.begin; x < columns.end; ++x) {
      visit(image + (y * s.width.size + x) * s.channels);
    }
  }
}

int64_t CountOf(const Covered& rows, const Covered& columns) {
  return (rows.end - rows.begin) * (columns.end - columns.begin);
}

// What becomes of a window: its elements are joined one after another, then comes the end.
struct Largest {
  template <typename T>
  static constexpr T kStart = std::numeric_limits<T>::lowest();
  template <typename T>
  static T Join(T a, T b) {
    return b > a ? b : a;
  }
  template <typename T>
  static T End(T value, T) {
    return value;
  }
};
struct Mean {
  template <typename T>
  static constexpr T kStart = T{0};
  template <typename T>
  static T Join(T a, T b) {
    return a + b;
  }
  template <typename T>
  static T End(T value, T count) {
    return value / count;
  }
};

template <typename T, typename Pooling>
class PoolKernel final : public Kernel {
 public:
  explicit PoolKernel(const PoolAttrs& attrs) : attrs_(attrs) {}
  static Result<std::unique_ptr<Kernel>> Make(const Node& node) {
    FL_ASSIGN_OR_RETURN(const PoolAttrs attrs, PoolAttrs::Of(node));
    return std::make_unique<PoolKernel>(attrs);
  }

  Status Compute(KernelContext& context) const override {
    FL_ASSIGN_OR_RETURN(const PoolSizes s, PoolSizes::Of(attrs_, context.input(0).shape()));
    FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, s.result()));
    const T* const in = context.input(0).flat<T>().data();
    T* const out = output->mutable_flat<T>().data();
    const auto pool = [&](int64_t at, const Covered& rows, const Covered& columns, int64_t image) {
      T* const pixel = out + at;
      std::fill_n(pixel, s.channels, Pooling::template kStart<T>);
      ForEachPixel(s, rows, columns, image, [&](int64_t offset) {
        const T* const from = in + offset;
        for (int64_t c = 0; c < s.channels; ++c) pixel[c] = Pooling::Join(pixel[c], from[c]);
      });
      const T count = static_cast<T>(CountOf(rows, columns));
      for (int64_t c = 0; c < s.channels; ++c) pixel[c] = Pooling::End(pixel[c], count);
    };
    ForEachPiece(s.batch, s.image_size(), [&](int64_t begin, int64_t end) {
      for (int64_t image = begin; image < end; ++image) ForEachWindow(s, image, pool);
    });
    return {};
  }

 private:
  const PoolAttrs attrs_;
};

// Gives the gradient of pooled images to the pixels of the windows that they came from.
template <typename T, typename Spread>
Status SpreadGradient(const PoolSizes& s, const Tensor& gradient, Tensor& output, bool covers_all,
                      const Spread& spread) {
  if (!(gradient.shape() == s.result())) {
    return Fail(ErrorCode::kInvalidArgument, "got the gradient {}, want shape {}",
                Describe(gradient), ToString(s.result()));
  }
  T* const out = output.mutable_flat<T>().data();
  ForEachPiece(s.batch, s.image_size(), [&](int64_t begin, int64_t end) {
    if (!covers_all) std::fill(out + begin * s.image_size(), out + end * s.image_size(), T{0});
    std::vector<T> channels(static_cast<size_t>(s.channels));
    for (int64_t image = begin; image < end; ++image) {
      ForEachWindow(
          s, image,
          [&](int64_t at, const Covered& rows, const Covered& columns, int64_t first_pixel) {
            spread(at, rows, columns, first_pixel, out, channels.data());
          });
    }
  });
  return {};
}

// Inputs: the images, the pooled images, the gradient of the latter. With `is_rectified` the images
// come from a Relu, and the gradient goes on through it.
template <typename T>
class MaxPoolGradKernel final : public Kernel {
 public:
  explicit MaxPoolGradKernel(const PoolAttrs& attrs, bool is_rectified = false)
      : attrs_(attrs), is_rectified_(is_rectified) {}
  static Result<std::unique_ptr<Kernel>> Make(const Node& node) {
    FL_ASSIGN_OR_RETURN(const PoolAttrs attrs, PoolAttrs::Of(node));
    return std::make_unique<MaxPoolGradKernel>(attrs);
  }

  Status Compute(KernelContext& context) const override {
    const Tensor& images = context.input(0);
    const Tensor& pooled = context.input(1);
    FL_ASSIGN_OR_RETURN(const PoolSizes s, PoolSizes::Of(attrs_, images.shape()));
    if (!(pooled.shape() == s.result())) {
      return Fail(ErrorCode::kInvalidArgument, "got {} for images {}, want shape {}",
                  Describe(pooled), Describe(images), ToString(s.result()));
    }
    FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, images.shape()));
    return s.height.is_tiling() && s.width.is_tiling() ? Spread<true>(context, s, *output)
                                                       : Spread<false>(context, s, *output);
  }

 private:
  template <bool is_tiling>
  Status Spread(const KernelContext& context, const PoolSizes& s, Tensor& output) const {
    const T* const in = context.input(0).flat<T>().data();
    const T* const largest = context.input(1).flat<T>().data();
    const T* const incoming = context.input(2).flat<T>().data();
    return SpreadGradient<T>(s, context.input(2), output, is_tiling,
                             [&](int64_t at, const Covered& rows, const Covered& columns,
                                 int64_t image, T* out, T* give) {
                               // What is left to give in each channel: nothing, once the largest element has been met.
                               const T* const most = largest + at;
                               std::copy_n(incoming + at, s.channels, give);
                               if (is_rectified_) {
                                 for (int64_t c = 0; c < s.channels; ++c)
                                   give[c] = most[c] > T{0} ? give[c] : T{0};
                               }
                               ForEachPixel(s, rows, columns, image, [&](int64_t offset) {
                                 const T* const from = in + offset;
                                 T* const to = out + offset;
                                 for (int64_t c = 0; c < s.channels; ++c) {
                                   const bool is_largest = from[c] == most[c];
                                   const T given = is_largest ? give[c] : T{0};
                                   to[c] = is_tiling ? given : to[c] + given;
                                   give[c] = is_largest ? T{0} : give[c];
                                 }
                               });
                             });
  }

  const PoolAttrs attrs_;
  const bool is_rectified_;
};

// Inputs: the shape of the images, the gradient of the pooled images.
template <typename T>
class AvgPoolGradKernel final : public Kernel {
 public:
  explicit AvgPoolGradKernel(const PoolAttrs& attrs) : attrs_(attrs) {}
  static Result<std::unique_ptr<Kernel>> Make(const Node& node) {
    FL_ASSIGN_OR_RETURN(const PoolAttrs attrs, PoolAttrs::Of(node));
    return std::make_unique<AvgPoolGradKernel>(attrs);
  }

  Status Compute(KernelContext& context) const override {
    FL_ASSIGN_OR_RETURN(const Shape images, ShapeOfElements(context.input(0)));
    FL_ASSIGN_OR_RETURN(const PoolSizes s, PoolSizes::Of(attrs_, images));
    FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, images));
    const T* const incoming = context.input(1).flat<T>().data();
    return SpreadGradient<T>(s, context.input(1), *output, false,
                             [&](int64_t at, const Covered& rows, const Covered& columns,
                                 int64_t image, T* out, T* give) {
                               const T count = static_cast<T>(CountOf(rows, columns));
                               for (int64_t c = 0; c < s.channels; ++c)
                                 give[c] = incoming[at + c] / count;
                               ForEachPixel(s, rows, columns, image, [&](int64_t offset) {
                                 for (int64_t c = 0; c < s.channels; ++c)
                                   out[offset + c] += give[c];
                               });
                             });
  }

 private:
  const PoolAttrs attrs_;
};

// ---------------------------------------------------------------- gradients

OpCall& WithWindow(OpCall& call, const Node& node) {
  for (const char* name : {"ksize", "strides"}) {
    call.Attr(name, node.attr<std::vector<int64_t>>(name));
  }
  for (const char* name : {"padding", "data_format"}) {
    call.Attr(name, node.attr<std::string>(name));
  }
  return call;
}

std::vector<Output> MaxPoolGradient(GraphBuilder& graph, const Node& node,
                                    std::span<const Output> g) {
  OpCall call(graph, "MaxPoolGrad", "");
  call.Input(node.input(0), "orig_input")
      .Input(Output(&node), "orig_output")
      .Input(g[0], "grad")
      .Attr("explicit_paddings", node.attr<std::vector<int64_t>>("explicit_paddings"));
  return {WithWindow(call, node).Done()};
}

std::vector<Output> AvgPoolGradient(GraphBuilder& graph, const Node& node,
                                    std::span<const Output> g) {
  OpCall call(graph, "AvgPoolGrad", "");
  call.Input(ShapeOf(graph, node.input(0)), "orig_input_shape").Input(g[0], "grad");
  return {WithWindow(call, node).Done()};
}

std::vector<Output> AvgPoolGradGradient(GraphBuilder& graph, const Node& node,
                                        std::span<const Output> g) {
  OpCall call(graph, "AvgPool", "");
  call.Input(g[0], "value");
  return {{}, WithWindow(call, node).Done()};
}

#define FL_POOL_ATTRS \
  "ksize: list(int), strides: list(int), padding: string, data_format: string = \"NHWC\""

constexpr OpSpec kOps[] = {
    {.name = "MaxPool",
     .signature = "input: T -> output: T",
     .attrs = FL_POOL_ATTRS ", explicit_paddings: list(int) = [], T: realnumber = float32",
     .infer = PoolShape,
     .gradient = MaxPoolGradient},
    {.name = "MaxPoolGrad",
     .signature = "orig_input: T, orig_output: T, grad: T -> output: T",
     .attrs = FL_POOL_ATTRS ", explicit_paddings: list(int) = [], T: realnumber = float32",
     .infer = SameShapeAsFirstInput},
    {.name = "AvgPool",
     .signature = "value: T -> output: T",
     .attrs = FL_POOL_ATTRS ", T: floating",
     .infer = PoolShape,
     .gradient = AvgPoolGradient},
    {.name = "AvgPoolGrad",
     .signature = "orig_input_shape: int32, grad: T -> output: T",
     .attrs = FL_POOL_ATTRS ", T: floating",
     .infer = AvgPoolGradShape,
     .gradient = AvgPoolGradGradient},
};
#undef FL_POOL_ATTRS

constexpr KernelDef kKernels[] = {
    {"MaxPool", DType::kFloat32, PoolKernel<float, Largest>::Make},
    {"MaxPool", DType::kFloat64, PoolKernel<double, Largest>::Make},
    {"MaxPool", DType::kInt8, PoolKernel<int8_t, Largest>::Make},
    {"MaxPool", DType::kInt16, PoolKernel<int16_t, Largest>::Make},
    {"MaxPool", DType::kInt32, PoolKernel<int32_t, Largest>::Make},
    {"MaxPool", DType::kInt64, PoolKernel<int64_t, Largest>::Make},
    {"MaxPool", DType::kUInt8, PoolKernel<uint8_t, Largest>::Make},
    {"MaxPool", DType::kUInt16, PoolKernel<uint16_t, Largest>::Make},
    {"MaxPoolGrad", DType::kFloat32, MaxPoolGradKernel<float>::Make},
    {"MaxPoolGrad", DType::kFloat64, MaxPoolGradKernel<double>::Make},
    {"AvgPool", DType::kFloat32, PoolKernel<float, Mean>::Make},
    {"AvgPool", DType::kFloat64, PoolKernel<double, Mean>::Make},
    {"AvgPoolGrad", DType::kFloat32, AvgPoolGradKernel<float>::Make},
    {"AvgPoolGrad", DType::kFloat64, AvgPoolGradKernel<double>::Make},
};

Output Pool(GraphBuilder& graph, std::string_view op, std::string_view arg, const Operand& images,
            const PoolOptions& options, std::string_view name) {
  const auto with_ends = [](std::vector<int64_t> values) {
    values.insert(values.begin(), 1);
    values.push_back(1);
    return values;
  };
  return OpCall(graph, op, name)
      .Input(images, arg)
      .Attr("ksize", with_ends(options.window))
      .Attr("strides", with_ends(options.strides))
      .Attr("padding", std::string(options.padding))
      .Done();
}

}  // namespace

Output MaxPool(GraphBuilder& graph, const Operand& images, const PoolOptions& options,
               std::string_view name) {
  return Pool(graph, "MaxPool", "input", images, options, name);
}

Output AvgPool(GraphBuilder& graph, const Operand& images, const PoolOptions& options,
               std::string_view name) {
  return Pool(graph, "AvgPool", "value", images, options, name);
}

std::unique_ptr<Kernel> MakeJoinedMaxPoolGrad(const Node& max_pool_grad) {
  const Result<PoolAttrs> attrs = PoolAttrs::Of(max_pool_grad);
  FL_CHECK(attrs.has_value(), "a node of the graph has windows that make sense");
  return std::make_unique<MaxPoolGradKernel<float>>(*attrs, true);
}

std::span<const OpSpec> PoolingOps() { return kOps; }
std::span<const KernelDef> PoolingKernels() { return kKernels; }

}  // namespace fanlight

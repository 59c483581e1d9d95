#include "fanlight/engine/graph/ops/conv.h"

#include <algorithm>

#include "fanlight/base/mutex.h"
#include "fanlight/engine/graph/inference.h"
#include "fanlight/engine/graph/ops/conv_plan.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/joined_kernels.h"
#include "fanlight/engine/graph/ops/kernel_util.h"

namespace fanlight {
namespace {

// ---------------------------------------------------------------- shape rules

Status CheckChannels(int64_t in_images, int64_t in_filters, const PartialShape& filters) {
  if (in_images < 0 || in_filters < 0 || in_images == in_filters) return {};
  return Fail(ErrorCode::kInvalidArgument, "the images have {} channels, filters {} want {}",
              in_images, ToString(filters), in_filters);
}

Status Conv2DShape(InferenceContext& context) {
  FL_TRY(context.WantRank(0, 4, "argument \"input\""));
  FL_TRY(context.WantRank(1, 4, "argument \"filter\""));
  FL_ASSIGN_OR_RETURN(const WindowAttrs attrs, WindowAttrs::Of(context.node()));
  const auto known = [](const PartialShape& shape) {
    return shape.has_rank() ? shape : PartialShape::UnknownOfRank(4);
  };
  const PartialShape images = known(context.input(0));
  const PartialShape filters = known(context.input(1));
  FL_TRY(CheckChannels(images[3], filters[2], filters));
  FL_ASSIGN_OR_RETURN(const WindowSpan height, attrs.Span(0, images[1], filters[0]));
  FL_ASSIGN_OR_RETURN(const WindowSpan width, attrs.Span(1, images[2], filters[1]));
  context.set_output(0, PartialShape{images[0], height.count, width.count, filters[3]});
  return {};
}

// The shape that input `i` tells.
Status ShapeFromInput(InferenceContext& context, int i) {
  FL_ASSIGN_OR_RETURN(const PartialShape shape, context.shape_value(i));
  FL_ASSIGN_OR_RETURN(const PartialShape images, Merge(shape, PartialShape::UnknownOfRank(4)));
  context.set_output(0, images);
  return {};
}
Status BackpropInputShape(InferenceContext& context) { return ShapeFromInput(context, 0); }
Status BackpropFilterShape(InferenceContext& context) { return ShapeFromInput(context, 1); }

// ---------------------------------------------------------------- kernels

Result<ConvSizes> SizesOf(const WindowAttrs& attrs, const Shape& images, const Shape& filters) {
  if (images.rank() != 4 || filters.rank() != 4) {
    return Fail(ErrorCode::kInvalidArgument, "images {} and filters {} must have rank 4",
                ToString(images), ToString(filters));
  }
  FL_TRY(CheckChannels(images[3], filters[2], filters));
  ConvSizes sizes{
      .batch = images[0], .channels = images[3], .features = filters[3], .height = {}, .width = {}};
  FL_ASSIGN_OR_RETURN(sizes.height, attrs.Span(0, images[1], filters[0]));
  FL_ASSIGN_OR_RETURN(sizes.width, attrs.Span(1, images[2], filters[1]));
  return sizes;
}

// Inputs of the directions: (images, filters); (shape of the images, filters, gradient of the
// features); (images, shape of the filters, gradient of the features).
template <typename T, ConvDirection direction>
class ConvKernel final : public Kernel {
 public:
  explicit ConvKernel(const WindowAttrs& attrs, bool has_bias = false, bool has_relu = false)
      : attrs_(attrs), has_bias_(has_bias), has_relu_(has_relu) {}

  static Result<std::unique_ptr<Kernel>> Make(const Node& node) {
    FL_ASSIGN_OR_RETURN(const WindowAttrs attrs, WindowAttrs::Of(node));
    return std::make_unique<ConvKernel>(attrs);
  }

  Status Compute(KernelContext& context) const override {
    Shape images = context.input(0).shape();
    Shape filters = context.input(1).shape();
    if (direction == ConvDirection::kImages) {
      FL_ASSIGN_OR_RETURN(images, ShapeOfElements(context.input(0)));
      if (images.rank() == 2 && context.input(2).rank() == 4) {
        // Height and width alone.
        images = Shape{context.input(2).shape()[0], images[0], images[1],
                       filters.rank() == 4 ? filters[2] : 0};
      }
    }
    if (direction == ConvDirection::kFilters) {
      FL_ASSIGN_OR_RETURN(filters, ShapeOfElements(context.input(1)));
    }
    FL_ASSIGN_OR_RETURN(const ConvSizes sizes, SizesOf(attrs_, images, filters));
    const Shape features{sizes.batch, sizes.height.count, sizes.width.count, sizes.features};
    if (direction != ConvDirection::kForward && !(context.input(2).shape() == features)) {
      return Fail(ErrorCode::kInvalidArgument, "got the gradient {}, want shape {}",
                  Describe(context.input(2)), ToString(features));
    }
    FL_ASSIGN_OR_RETURN(Tensor* const output,
                        context.AllocateOutput(0, direction == ConvDirection::kForward  ? features
                                                  : direction == ConvDirection::kImages ? images
                                                                                        : filters));
    T* const result = output->mutable_flat<T>().data();
    // Inputs are only read: which of the three is written follows from the direction.
    const auto input = [&](int i) { return const_cast<T*>(context.input(i).flat<T>().data()); };
    if (direction == ConvDirection::kForward) {
      ConvEpilogue epilogue{.relu = has_relu_};
      if (has_bias_) epilogue.bias = context.input(2).flat<float>().data();
      return Convolve(sizes, input(0), input(1), result, *output, epilogue);
    }
    if (direction == ConvDirection::kImages) {
      return Convolve(sizes, result, input(1), input(2), *output, {});
    }
    return Convolve(sizes, input(0), result, input(2), *output, {});
  }

 private:
  Status Convolve(const ConvSizes& sizes, T* images, T* filters, T* features, Tensor& output,
                  const ConvEpilogue& epilogue) const {
    if (output.num_elements() == 0) return {};
    if constexpr (std::is_same_v<T, float>) {
      const bool is_empty = sizes.batch == 0 || sizes.channels == 0 || sizes.features == 0 ||
                            sizes.height.count == 0 || sizes.width.count == 0;
      MutexLock lock(mutex_);
      if (!is_empty && (plan_ == nullptr || !(sizes_ == sizes))) {
        plan_ = ConvPlan::Create(direction, sizes);
        sizes_ = sizes;
      }
      if (!is_empty && plan_ != nullptr) {
        plan_->Run(images, filters, features, epilogue);
        return {};
      }
    }
    ConvolveByLoops(direction, sizes, images, filters, features);
    if constexpr (std::is_same_v<T, float>) {
      if (direction == ConvDirection::kForward) {
        FinishConvolution(epilogue, sizes.features, output.mutable_flat<float>());
      }
    }
    return {};
  }

  const WindowAttrs attrs_;
  const bool has_bias_;  // Input 2. This and the next: of a forward one of float32 only.
  const bool has_relu_;
  mutable Mutex mutex_;  // Guards what follows, through a run.
  mutable ConvSizes sizes_ FL_GUARDED_BY(mutex_);
  mutable std::unique_ptr<ConvPlan> plan_ FL_GUARDED_BY(mutex_);
};

// ---------------------------------------------------------------- gradients

// The attributes of a convolution, on one of its gradients.
OpCall& WithWindow(OpCall& call, const Node& node) {
  for (const char* name : {"strides", "dilations", "explicit_paddings"}) {
    call.Attr(name, node.attr<std::vector<int64_t>>(name));
  }
  call.Attr("padding", node.attr<std::string>("padding"));
  call.Attr("use_cudnn_on_gpu", node.attr<bool>("use_cudnn_on_gpu"));
  return call.Attr("data_format", node.attr<std::string>("data_format"));
}

std::vector<Output> Conv2DGradient(GraphBuilder& graph, const Node& node,
                                   std::span<const Output> g) {
  const std::vector<Output> shapes = ShapeN(graph, {node.input(0), node.input(1)});
  if (shapes.empty()) return {{}, {}};
  OpCall images(graph, "Conv2DBackpropInput", "");
  images.Input(shapes[0], "input_sizes")
      .Input(node.input(1), "filter")
      .Input(g[0], "out_backprop")
      .OutputShape(node.input(0).shape());
  const Output of_images = WithWindow(images, node).Done();
  OpCall filters(graph, "Conv2DBackpropFilter", "");
  filters.Input(node.input(0), "input")
      .Input(shapes[1], "filter_sizes")
      .Input(g[0], "out_backprop")
      .OutputShape(node.input(1).shape());
  return {of_images, WithWindow(filters, node).Done()};
}

std::vector<Output> BackpropInputGradient(GraphBuilder& graph, const Node& node,
                                          std::span<const Output> g) {
  OpCall filters(graph, "Conv2DBackpropFilter", "");
  filters.Input(g[0], "input")
      .Input(ShapeOf(graph, node.input(1)), "filter_sizes")
      .Input(node.input(2), "out_backprop");
  const Output of_filters = WithWindow(filters, node).Done();
  OpCall features(graph, "Conv2D", "");
  features.Input(g[0], "input").Input(node.input(1), "filter");
  return {{}, of_filters, WithWindow(features, node).Done()};
}

std::vector<Output> BackpropFilterGradient(GraphBuilder& graph, const Node& node,
                                           std::span<const Output> g) {
  OpCall images(graph, "Conv2DBackpropInput", "");
  images.Input(ShapeOf(graph, node.input(0)), "input_sizes")
      .Input(g[0], "filter")
      .Input(node.input(2), "out_backprop");
  const Output of_images = WithWindow(images, node).Done();
  OpCall features(graph, "Conv2D", "");
  features.Input(node.input(0), "input").Input(g[0], "filter");
  return {of_images, {}, WithWindow(features, node).Done()};
}

#define FL_CONV_ATTRS(set)                                               \
  "strides: list(int), use_cudnn_on_gpu: bool = true, padding: string, " \
  "explicit_paddings: list(int) = [], data_format: string = \"NHWC\", "  \
  "dilations: list(int) = [1, 1, 1, 1], T: " set

constexpr OpSpec kOps[] = {
    {.name = "Conv2D",
     .signature = "input: T, filter: T -> output: T",
     .attrs = FL_CONV_ATTRS("{float16|bfloat16|float32|float64|int32}"),
     .infer = Conv2DShape,
     .gradient = Conv2DGradient},
    {.name = "Conv2DBackpropInput",
     .signature = "input_sizes: int32, filter: T, out_backprop: T -> output: T",
     .attrs = FL_CONV_ATTRS("{float16|bfloat16|float32|float64|int32}"),
     .infer = BackpropInputShape,
     .gradient = BackpropInputGradient},
    {.name = "Conv2DBackpropFilter",
     .signature = "input: T, filter_sizes: int32, out_backprop: T -> output: T",
     .attrs = FL_CONV_ATTRS("floating"),
     .infer = BackpropFilterShape,
     .gradient = BackpropFilterGradient},
};
#undef FL_CONV_ATTRS

#define FL_CONVS(op_name, direction)                                \
  {op_name, DType::kFloat32, ConvKernel<float, direction>::Make}, { \
    op_name, DType::kFloat64, ConvKernel<double, direction>::Make   \
  }

constexpr KernelDef kKernels[] = {
    FL_CONVS("Conv2D", ConvDirection::kForward),
    FL_CONVS("Conv2DBackpropInput", ConvDirection::kImages),
    FL_CONVS("Conv2DBackpropFilter", ConvDirection::kFilters),
};

}  // namespace

Output Conv2D(GraphBuilder& graph, const Operand& images, const Operand& filters,
              const WindowOptions& options, std::string_view name) {
  std::vector<int64_t> strides = options.strides;
  strides.insert(strides.begin(), 1);
  strides.push_back(1);
  return OpCall(graph, "Conv2D", name)
      .Input(images, "input")
      .Input(filters, "filter")
      .Attr("strides", std::move(strides))
      .Attr("padding", std::string(options.padding))
      .Done();
}

std::unique_ptr<Kernel> MakeJoinedConv(const Node& conv, bool has_bias, bool has_relu) {
  const Result<WindowAttrs> attrs = WindowAttrs::Of(conv);
  FL_CHECK(attrs.has_value(), "a node of the graph has windows that make sense");
  return std::make_unique<ConvKernel<float, ConvDirection::kForward>>(*attrs, has_bias, has_relu);
}

std::span<const OpSpec> ConvOps() { return kOps; }
std::span<const KernelDef> ConvKernels() { return kKernels; }

}  // namespace fanlight

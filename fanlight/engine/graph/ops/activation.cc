#include "fanlight/engine/graph/ops/activation.h"

#include <cmath>

#include "fanlight/engine/graph/ops/elementwise.h"

namespace fanlight {
namespace {

// Klambauer et al., 2017: the fixed point of mean and variance is at these.
constexpr double kSeluScale = 1.0507009873554804934193349852946;
constexpr double kSeluAlpha = 1.6732632423543772848170429916717;

struct Relu6Op {
  template <typename T>
  static T Apply(T x) {
    return x < T{0} ? T{0} : x > T{6} ? T{6} : x;
  }
};
struct EluOp {
  template <typename T>
  static T Apply(T x) {
    return x < T{0} ? std::expm1(x) : x;
  }
};
struct SeluOp {
  template <typename T>
  static T Apply(T x) {
    return static_cast<T>(kSeluScale) * (x < T{0} ? static_cast<T>(kSeluAlpha) * std::expm1(x) : x);
  }
};
struct SoftplusOp {
  template <typename T>
  static T Apply(T x) {
    return x > T{0} ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
  }
};
struct SoftsignOp {
  template <typename T>
  static T Apply(T x) {
    return x / (T{1} + std::fabs(x));
  }
};
// The gradients, from the incoming one and the features: the result for Relu6, Elu and Selu, the
// argument for the others.
struct Relu6GradOp {
  template <typename T>
  static T Apply(T g, T y) {
    return y > T{0} && y < T{6} ? g : T{0};
  }
};
struct EluGradOp {
  template <typename T>
  static T Apply(T g, T y) {
    return y < T{0} ? g * (y + T{1}) : g;
  }
};
struct SeluGradOp {
  template <typename T>
  static T Apply(T g, T y) {
    return y < T{0} ? g * (y + static_cast<T>(kSeluScale * kSeluAlpha))
                    : g * static_cast<T>(kSeluScale);
  }
};
struct SoftplusGradOp {
  template <typename T>
  static T Apply(T g, T x) {
    return g / (T{1} + std::exp(-x));
  }
};
struct SoftsignGradOp {
  template <typename T>
  static T Apply(T g, T x) {
    const T one_more = T{1} + std::fabs(x);
    return g / (one_more * one_more);
  }
};

template <typename T>
Status LeakyReluKernel(KernelContext& context) {
  const auto alpha = static_cast<T>(context.node().attr<float>("alpha"));
  const Tensor& x = context.input(0);
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, x.shape()));
  const T* const in = x.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  for (int64_t i = 0; i < x.num_elements(); ++i) out[i] = in[i] > T{0} ? in[i] : alpha * in[i];
  return {};
}

template <typename T>
Status LeakyReluGradKernel(KernelContext& context) {
  const auto alpha = static_cast<T>(context.node().attr<float>("alpha"));
  const Tensor& gradient = context.input(0);
  const Tensor& features = context.input(1);
  if (!(gradient.shape() == features.shape())) {
    return Fail(ErrorCode::kInvalidArgument, "got gradients {} for {}", Describe(gradient),
                Describe(features));
  }
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, gradient.shape()));
  const T* const in = gradient.flat<T>().data();
  const T* const x = features.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  for (int64_t i = 0; i < gradient.num_elements(); ++i) {
    out[i] = x[i] > T{0} ? in[i] : alpha * in[i];
  }
  return {};
}

Gradients1 Through(GraphBuilder& graph, std::string_view op, const Output& g,
                   std::string_view argument, const Output& features) {
  return {OpCall(graph, op, "").Input(g, "gradients").Input(features, argument).Done()};
}
Gradients1 Relu6Gradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return Through(graph, "Relu6Grad", g[0], "features", Output(&node));
}
Gradients1 EluGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return Through(graph, "EluGrad", g[0], "outputs", Output(&node));
}
Gradients1 SeluGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return Through(graph, "SeluGrad", g[0], "outputs", Output(&node));
}
Gradients1 SoftplusGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return Through(graph, "SoftplusGrad", g[0], "features", node.input(0));
}
Gradients1 SoftsignGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return Through(graph, "SoftsignGrad", g[0], "features", node.input(0));
}
Gradients1 LeakyReluGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  return {OpCall(graph, "LeakyReluGrad", "")
              .Input(g[0], "gradients")
              .Input(node.input(0), "features")
              .Attr("alpha", node.attr<float>("alpha"))
              .Done()};
}

#define FL_ACTIVATION(op_name, set, grad)        \
  {.name = op_name,                              \
   .signature = "features: T -> activations: T", \
   .attrs = "T: " set,                           \
   .infer = SameShapeAsFirstInput,               \
   .gradient = grad,                             \
   .is_elementwise = true}
#define FL_ACTIVATION_GRADIENT(op_name, argument, set)           \
  {.name = op_name,                                              \
   .signature = "gradients: T, " argument ": T -> backprops: T", \
   .attrs = "T: " set,                                           \
   .infer = BroadcastOfTwoInputs,                                \
   .is_elementwise = true}

constexpr OpSpec kOps[] = {
    FL_ACTIVATION("Relu6", "realnumber", Relu6Gradient),
    FL_ACTIVATION("Elu", "floating", EluGradient),
    FL_ACTIVATION("Selu", "floating", SeluGradient),
    FL_ACTIVATION("Softplus", "floating", SoftplusGradient),
    FL_ACTIVATION("Softsign", "floating", SoftsignGradient),
    FL_ACTIVATION_GRADIENT("Relu6Grad", "features", "realnumber"),
    FL_ACTIVATION_GRADIENT("EluGrad", "outputs", "floating"),
    FL_ACTIVATION_GRADIENT("SeluGrad", "outputs", "floating"),
    FL_ACTIVATION_GRADIENT("SoftplusGrad", "features", "floating"),
    FL_ACTIVATION_GRADIENT("SoftsignGrad", "features", "floating"),
    {.name = "LeakyRelu",
     .signature = "features: T -> activations: T",
     .attrs = "alpha: float = 0.2, T: floating = float32",
     .infer = SameShapeAsFirstInput,
     .gradient = LeakyReluGradient,
     .is_elementwise = true},
    {.name = "LeakyReluGrad",
     .signature = "gradients: T, features: T -> backprops: T",
     .attrs = "alpha: float = 0.2, T: floating = float32",
     .infer = BroadcastOfTwoInputs,
     .is_elementwise = true},
};

constexpr KernelDef kKernels[] = {
    FL_NUMBERS("Relu6", UnaryKernel, Relu6Op),
    FL_FLOATS("Elu", UnaryKernel, EluOp),
    FL_FLOATS("Selu", UnaryKernel, SeluOp),
    FL_FLOATS("Softplus", UnaryKernel, SoftplusOp),
    FL_FLOATS("Softsign", UnaryKernel, SoftsignOp),
    FL_FLOATS("Relu6Grad", BinaryKernel, Relu6GradOp),
    FL_FLOATS("EluGrad", BinaryKernel, EluGradOp),
    FL_FLOATS("SeluGrad", BinaryKernel, SeluGradOp),
    FL_FLOATS("SoftplusGrad", BinaryKernel, SoftplusGradOp),
    FL_FLOATS("SoftsignGrad", BinaryKernel, SoftsignGradOp),
    {"LeakyRelu", DType::kFloat32, MakeFunctionKernel<LeakyReluKernel<float>>},
    {"LeakyRelu", DType::kFloat64, MakeFunctionKernel<LeakyReluKernel<double>>},
    {"LeakyReluGrad", DType::kFloat32, MakeFunctionKernel<LeakyReluGradKernel<float>>},
    {"LeakyReluGrad", DType::kFloat64, MakeFunctionKernel<LeakyReluGradKernel<double>>},
};

}  // namespace

#define FL_FUNCTION(function)                                                     \
  Output function(GraphBuilder& graph, const Operand& x, std::string_view name) { \
    return OpCall(graph, #function, name).Input(x, "features").Done();            \
  }
FL_FUNCTION(Relu6)
FL_FUNCTION(Elu)
FL_FUNCTION(Selu)
FL_FUNCTION(Softplus)
FL_FUNCTION(Softsign)
#undef FL_FUNCTION

Output LeakyRelu(GraphBuilder& graph, const Operand& x, float alpha, std::string_view name) {
  return OpCall(graph, "LeakyRelu", name).Input(x, "features").Attr("alpha", alpha).Done();
}

std::span<const OpSpec> ActivationOps() { return kOps; }
std::span<const KernelDef> ActivationKernels() { return kKernels; }

}  // namespace fanlight

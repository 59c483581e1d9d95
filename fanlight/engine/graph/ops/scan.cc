#include "fanlight/engine/graph/ops/scan.h"

#include "fanlight/engine/graph/ops/elementwise.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/special.h"

namespace fanlight {
namespace {

Status ScanShape(InferenceContext& context) {
  FL_TRY(context.WantRank(1, 0, "argument \"axis\""));
  const PartialShape& input = context.input(0);
  if (const auto axis = context.constant_integers(1); axis && input.has_rank()) {
    FL_TRY(AxisOf((*axis)[0], input.rank()));
  }
  context.set_output(0, input);
  return {};
}

template <typename Op, typename T, int first>
Status ScanKernel(KernelContext& context) {
  const Tensor& x = context.input(0);
  FL_ASSIGN_OR_RETURN(const int64_t wanted, ScalarOf(context.input(1)));
  FL_ASSIGN_OR_RETURN(const int axis, AxisOf(wanted, x.rank()));
  const bool is_exclusive = context.node().attr<bool>("exclusive");
  const bool is_reverse = context.node().attr<bool>("reverse");
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, x.shape()));
  const int64_t length = x.shape()[axis];
  int64_t inner = 1;
  for (int i = axis + 1; i < x.rank(); ++i) inner *= x.shape()[i];
  const int64_t outer = x.num_elements() == 0 ? 0 : x.num_elements() / (length * inner);
  const T* const in = x.flat<T>().data();
  T* const out = output->mutable_flat<T>().data();
  for (int64_t o = 0; o < outer; ++o) {
    for (int64_t i = 0; i < inner; ++i) {
      T total = T{first};
      for (int64_t k = 0; k < length; ++k) {
        const int64_t at = (o * length + (is_reverse ? length - 1 - k : k)) * inner + i;
        const T value = in[at];
        const T next = Op::Apply(total, value);
        out[at] = is_exclusive ? total : next;
        total = next;
      }
    }
  }
  return {};
}

Output Scan(GraphBuilder& graph, std::string_view op, const Operand& x, const Operand& axis,
            const ScanOptions& options, std::string_view name) {
  return OpCall(graph, op, name)
      .Input(x, "x")
      .Input(axis, "axis")
      .Attr("exclusive", options.is_exclusive)
      .Attr("reverse", options.is_reverse)
      .Done();
}

Gradients1 CumsumGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const ScanOptions back{.is_exclusive = node.attr<bool>("exclusive"),
                         .is_reverse = !node.attr<bool>("reverse")};
  return {Cumsum(graph, g[0], node.input(1), back), {}};
}

Gradients1 CumprodGradient(GraphBuilder& graph, const Node& node, Incoming g) {
  const Output x = node.input(0);
  const ScanOptions same{.is_exclusive = node.attr<bool>("exclusive"),
                         .is_reverse = node.attr<bool>("reverse")};
  const ScanOptions back{.is_exclusive = same.is_exclusive, .is_reverse = !same.is_reverse};
  const Output product = Cumprod(graph, x, node.input(1), same);
  const Output sum = Cumsum(graph, Mul(graph, product, g[0], "mul"), node.input(1), back);
  return {DivNoNan(graph, sum, x), {}};
}

#define FL_SCAN(op_name, grad)                                                                \
  {.name = op_name,                                                                           \
   .signature = "x: T, axis: Tidx -> out: T",                                                 \
   .attrs = "exclusive: bool = false, reverse: bool = false, T: number, Tidx: index = int32", \
   .infer = ScanShape,                                                                        \
   .gradient = grad}

constexpr OpSpec kOps[] = {
    FL_SCAN("Cumsum", CumsumGradient),
    FL_SCAN("Cumprod", CumprodGradient),
};

#define FL_CUMSUM(T) ScanKernel<AddOp, T, 0>
#define FL_CUMPROD(T) ScanKernel<MulOp, T, 1>

constexpr KernelDef kKernels[] = {
    FL_REALS("Cumsum", FL_CUMSUM),
    FL_REALS("Cumprod", FL_CUMPROD),
};

}  // namespace

Output Cumsum(GraphBuilder& graph, const Operand& x, const Operand& axis,
              const ScanOptions& options, std::string_view name) {
  return Scan(graph, "Cumsum", x, axis, options, name);
}

Output Cumprod(GraphBuilder& graph, const Operand& x, const Operand& axis,
               const ScanOptions& options, std::string_view name) {
  return Scan(graph, "Cumprod", x, axis, options, name);
}

std::span<const OpSpec> ScanOps() { return kOps; }
std::span<const KernelDef> ScanKernels() { return kKernels; }

}  // namespace fanlight

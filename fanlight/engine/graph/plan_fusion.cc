// Joining steps. Each rule looks at a step, finds the one that makes its input and that no other
// step needs, and puts both into one kernel at the place of the later. What the earlier one reads is
// then read later: no step in between may assign a variable that it reads.
#include <algorithm>
#include <map>
#include <optional>

#include "fanlight/engine/graph/ops/joined_kernels.h"
#include "fanlight/engine/graph/plan_draft.h"

namespace fanlight {
namespace {

using Value = PlanDraft::Value;
using Step = PlanDraft::Step;

class Fusion {
 public:
  explicit Fusion(PlanDraft& draft) : draft_(draft), is_gone_(draft.steps.size(), false) {
    made_by_.assign(draft.values.size(), -1);
    num_uses_.assign(draft.values.size(), 0);
    for (size_t s = 0; s < draft.steps.size(); ++s) {
      for (const int output : draft.steps[s].outputs) {
        if (output >= 0) made_by_[Sz(output)] = static_cast<int>(s);
      }
      for (const int input : draft.steps[s].inputs) ++num_uses_[Sz(draft.ResolveViews(input))];
    }
    for (const int fetch : draft.fetches) ++num_uses_[Sz(draft.ResolveViews(fetch))];
  }

  void Run() {
    for (size_t s = 0; s < draft_.steps.size(); ++s) {
      if (is_gone_[s] || draft_.steps[s].is_wrong) continue;
      const std::string_view type = draft_.steps[s].node->type();
      if (type == "MatMul") {
        PlanProduct(s);
      } else if (type == "Conv2D") {
        PlanConvolution(s);
      } else if (type == "AddV2" || type == "Add" || type == "BiasAdd") {
        if (!JoinBias(s)) JoinConvolutionBias(s);
      } else if (type == "Relu") {
        if (!JoinRelu(s)) JoinConvolutionRelu(s);
      } else if (type == "ReluGrad") {
        if (!JoinReluGrad(s)) JoinMaxPoolGrad(s);
      } else if (type == "ApplyGradientDescent") {
        JoinDescent(s);
      } else if (type == "SparseSoftmaxCrossEntropyWithLogits") {
        SkipLabelCast(s);
      } else if (type == "Mul") {
        JoinGradientWeight(s);
      }
    }
    MakeKernels();
    std::vector<Step> left;
    for (size_t s = 0; s < draft_.steps.size(); ++s) {
      if (!is_gone_[s]) left.push_back(std::move(draft_.steps[s]));
    }
    draft_.steps = std::move(left);
  }

 private:
  static size_t Sz(int i) { return static_cast<size_t>(i); }

  std::optional<Shape> ShapeOf(int value) const { return draft_.at(value).shape.ToShape(); }
  bool IsFloat32(int value) const { return draft_.at(value).dtype == DType::kFloat32; }

  // The step that makes `value` for step `user` alone, if it may be done at `user`'s place.
  std::optional<size_t> OnlyMaker(int value, size_t user) const {
    const int root = draft_.ResolveViews(value);
    const int maker = made_by_[Sz(root)];
    if (maker < 0 || num_uses_[Sz(root)] != 1 || draft_.at(root).escapes) return std::nullopt;
    if (is_gone_[Sz(maker)] || !CanMove(Sz(maker), user)) return std::nullopt;
    return Sz(maker);
  }

  bool CanMove(size_t from, size_t to) const {
    const Step& step = draft_.steps[from];
    // In different branches they do not run together.
    if (step.condition != draft_.steps[to].condition || step.is_wrong) return false;
    for (const int output : step.outputs) {
      if (output >= 0 && draft_.at(output).is_claim) return false;
    }
    if (!step.variables.empty() || step.node->op->spec.is_stateful ||
        step.node->op->spec.has_effect) {
      return false;
    }
    for (const int input : step.inputs) {
      const Value& root = draft_.at(draft_.ResolveViews(input));
      if (root.kind != Value::Kind::kVariable) continue;
      for (size_t s = from + 1; s <= to; ++s) {
        const auto& assigned = draft_.steps[s].variables;
        if (!is_gone_[s] &&
            std::find(assigned.begin(), assigned.end(), root.variable) != assigned.end()) {
          return false;
        }
      }
    }
    return true;
  }

  // A product whose sizes are known here. It becomes a joined one even where nothing follows.
  void PlanProduct(size_t s) {
    const Step& step = draft_.steps[s];
    const auto a = ShapeOf(step.inputs[0]);
    const auto b = ShapeOf(step.inputs[1]);
    if (!a || !b || !IsFloat32(step.inputs[0])) return;
    JoinedProduct product;
    product.transpose_a = step.node->attr<bool>("transpose_a");
    product.transpose_b = step.node->attr<bool>("transpose_b");
    product.sizes = {(*a)[product.transpose_a ? 1 : 0], (*b)[product.transpose_b ? 0 : 1],
                     (*a)[product.transpose_a ? 0 : 1]};
    SetProduct(s, product);
  }

  void SetProduct(size_t s, const JoinedProduct& product) {
    products_.resize(draft_.steps.size());
    products_[s] = product;
  }

  std::optional<JoinedProduct> ProductOf(std::optional<size_t> s) const {
    if (!s || *s >= products_.size()) return std::nullopt;
    return products_[*s];
  }

  // Step `s` does what step `maker` did, and its own work, from these inputs.
  void Replace(size_t s, size_t maker, const JoinedProduct& product, std::vector<int> inputs) {
    SetProduct(s, product);
    products_[maker].reset();
    draft_.steps[s].inputs = std::move(inputs);
    TakeOver(s, maker);
  }

  // Step `s` does the work of `other` too.
  void TakeOver(size_t s, size_t other) {
    std::vector<const Node*>& joined = draft_.steps[s].joined;
    const Step& gone = draft_.steps[other];
    joined.insert(joined.end(), gone.joined.begin(), gone.joined.end());
    joined.push_back(gone.node);
    is_gone_[other] = true;
  }

  bool JoinBias(size_t s) {
    const Step& step = draft_.steps[s];
    for (const size_t k : {size_t{0}, size_t{1}}) {
      const auto maker = OnlyMaker(step.inputs[k], s);
      auto product = ProductOf(maker);
      if (!product || product->then != JoinedProduct::Then::kNothing) continue;
      const int bias = step.inputs[1 - k];
      const auto bias_shape = ShapeOf(bias);
      const auto shape = ShapeOf(step.outputs[0]);
      const bool is_row =
          bias_shape && bias_shape->num_elements() == product->sizes.n &&
          (bias_shape->rank() == 1 || (bias_shape->rank() == 2 && (*bias_shape)[0] == 1));
      if (!is_row || !shape || !(*shape == Shape{product->sizes.m, product->sizes.n}) ||
          !(draft_.at(step.inputs[k]).shape == PartialShape(*shape))) {
        continue;
      }
      product->then = JoinedProduct::Then::kBias;
      const Step& from = draft_.steps[*maker];
      Replace(s, *maker, *product, {from.inputs[0], from.inputs[1], bias});
      return true;
    }
    return false;
  }

  bool JoinRelu(size_t s) {
    const Step& step = draft_.steps[s];
    const auto maker = OnlyMaker(step.inputs[0], s);
    auto product = ProductOf(maker);
    if (!product || !KeepsShape(*maker, s)) return false;
    if (product->then == JoinedProduct::Then::kBias) {
      product->then = JoinedProduct::Then::kBiasRelu;
    } else if (product->then == JoinedProduct::Then::kNothing) {
      product->then = JoinedProduct::Then::kRelu;
    } else {
      return false;
    }
    Replace(s, *maker, *product, draft_.steps[*maker].inputs);
    return true;
  }

  bool SameShape(int a, int b) const {
    return draft_.at(a).shape.is_fully_known() && draft_.at(a).shape == draft_.at(b).shape;
  }

  // Whether the result of `s` has the shape of `maker`'s: there may be a view in between.
  bool KeepsShape(size_t maker, size_t s) const {
    return SameShape(draft_.steps[maker].outputs[0], draft_.steps[s].outputs[0]);
  }

  bool JoinReluGrad(size_t s) {
    const Step& step = draft_.steps[s];
    const auto maker = OnlyMaker(step.inputs[0], s);
    auto product = ProductOf(maker);
    if (!product || product->then != JoinedProduct::Then::kNothing) return false;
    if (!KeepsShape(*maker, s) || !SameShape(step.inputs[0], step.inputs[1])) return false;
    product->then = JoinedProduct::Then::kReluGrad;
    const Step& from = draft_.steps[*maker];
    Replace(s, *maker, *product, {from.inputs[0], from.inputs[1], step.inputs[1]});
    return true;
  }

  // A convolution that what follows it may join.
  struct Convolution {
    const Node* node = nullptr;
    bool has_bias = false;
    bool has_relu = false;
  };

  void PlanConvolution(size_t s) {
    const Step& step = draft_.steps[s];
    if (IsFloat32(step.outputs[0])) convolutions_[s] = Convolution{.node = step.node};
  }

  Convolution* ConvolutionOf(std::optional<size_t> s) {
    const auto found = s ? convolutions_.find(*s) : convolutions_.end();
    return found == convolutions_.end() ? nullptr : &found->second;
  }

  void JoinConvolutionBias(size_t s) {
    const Step& step = draft_.steps[s];
    for (const size_t k : {size_t{0}, size_t{1}}) {
      const auto maker = OnlyMaker(step.inputs[k], s);
      const Convolution* convolution = ConvolutionOf(maker);
      const auto bias = ShapeOf(step.inputs[1 - k]);
      const PartialShape& shape = draft_.at(step.inputs[k]).shape;
      if (convolution == nullptr || convolution->has_bias || convolution->has_relu || !bias ||
          shape.rank() != 4 || bias->rank() < 1 || bias->rank() > 4 || !KeepsShape(*maker, s) ||
          bias->num_elements() != shape[3] || (*bias)[bias->rank() - 1] != shape[3]) {
        continue;
      }
      const std::vector<int>& from = draft_.steps[*maker].inputs;
      JoinConvolution(s, *maker, {convolution->node, true, false},
                      {from[0], from[1], step.inputs[1 - k]});
      return;
    }
  }

  void JoinConvolutionRelu(size_t s) {
    const auto maker = OnlyMaker(draft_.steps[s].inputs[0], s);
    const Convolution* convolution = ConvolutionOf(maker);
    if (convolution == nullptr || convolution->has_relu || !KeepsShape(*maker, s)) return;
    JoinConvolution(s, *maker, {convolution->node, convolution->has_bias, true},
                    draft_.steps[*maker].inputs);
  }

  void JoinConvolution(size_t s, size_t maker, const Convolution& joined, std::vector<int> inputs) {
    convolutions_.erase(maker);
    convolutions_[s] = joined;
    draft_.steps[s].inputs = std::move(inputs);
    TakeOver(s, maker);
    draft_.steps[s].kernel = MakeJoinedConv(*joined.node, joined.has_bias, joined.has_relu);
  }

  // The gradient of what was pooled of rectified images, through both.
  void JoinMaxPoolGrad(size_t s) {
    Step& step = draft_.steps[s];
    const auto maker = OnlyMaker(step.inputs[0], s);
    if (!maker || !IsFloat32(step.inputs[0]) || !KeepsShape(*maker, s)) return;
    const Step& from = draft_.steps[*maker];
    if (from.node->type() != "MaxPoolGrad" ||
        draft_.ResolveViews(from.inputs[0]) != draft_.ResolveViews(step.inputs[1])) {
      return;
    }
    step.inputs = from.inputs;
    step.kernel = MakeJoinedMaxPoolGrad(*from.node);
    TakeOver(s, *maker);
  }

  void JoinDescent(size_t s) {
    const Step& step = draft_.steps[s];
    const int variable = step.inputs[0];
    const int alpha = step.inputs[1];
    const int delta = step.inputs[2];
    if (!IsFloat32(variable) || !draft_.at(variable).shape.is_fully_known() ||
        !SameShape(variable, delta) || ShapeOf(alpha) != Shape()) {
      return;
    }
    const auto maker = OnlyMaker(delta, s);
    if (!maker) return;
    const Step& from = draft_.steps[*maker];
    // A product that reads the variable cannot be written into it as it is made.
    for (const int input : from.inputs) {
      const Value& root = draft_.at(draft_.ResolveViews(input));
      if (root.kind == Value::Kind::kVariable && root.variable == step.variables.front()) return;
    }
    if (auto product = ProductOf(maker)) {
      if (product->then != JoinedProduct::Then::kNothing) return;
      product->then = JoinedProduct::Then::kApplyDescent;
      Replace(s, *maker, *product, {variable, alpha, from.inputs[0], from.inputs[1]});
      return;
    }
    if (IsSumOfRows(from) && draft_.at(variable).shape.rank() == 1) {
      const int matrix = from.inputs[0];
      TakeOver(s, *maker);
      draft_.steps[s].inputs = {variable, alpha, matrix};
      draft_.steps[s].kernel = MakeRowSumDescent();
    }
  }

  bool IsSumOfRows(const Step& step) const {
    if (step.node->type() != "Sum" || draft_.at(step.inputs[0]).shape.rank() != 2) return false;
    const Value& axes = draft_.at(draft_.Resolve(step.inputs[1]));
    if (axes.kind != Value::Kind::kConstant || axes.constant.num_elements() != 1) return false;
    const auto axis = ConvertTo(axes.constant, DType::kInt64);
    return axis && axis->flat<int64_t>()[0] == 0 && IsFloat32(step.inputs[0]) &&
           draft_.at(step.inputs[0]).shape.is_fully_known();
  }

  // The kernel takes labels of either type: a cast from one to the other is not needed.
  void SkipLabelCast(size_t s) {
    Step& step = draft_.steps[s];
    const auto maker = OnlyMaker(step.inputs[1], s);
    if (!maker || draft_.steps[*maker].node->type() != "Cast") return;
    const int labels = draft_.steps[*maker].inputs[0];
    if (draft_.at(labels).dtype != DType::kInt32) return;
    TakeOver(s, *maker);
    step.inputs[1] = labels;
  }

  // gradient · weight, where the weight of each example is the same constant.
  void JoinGradientWeight(size_t s) {
    const Step& step = draft_.steps[s];
    for (const size_t k : {size_t{0}, size_t{1}}) {
      const Value& weight = draft_.at(draft_.ResolveViews(step.inputs[k]));
      const int gradient = step.inputs[1 - k];
      if (weight.kind != Value::Kind::kConstant || !IsFloat32(gradient) ||
          !SameShape(gradient, step.outputs[0])) {
        continue;
      }
      const auto weights = weight.constant.flat<float>();
      if (weights.empty() ||
          std::any_of(weights.begin(), weights.end(), [&](float w) { return w != weights[0]; })) {
        continue;
      }
      const int root = draft_.Resolve(gradient);
      const int maker = made_by_[Sz(root)];
      if (maker < 0 || num_uses_[Sz(root)] != 1 || draft_.at(root).escapes) continue;
      Step& from = draft_.steps[Sz(maker)];
      if (from.node->type() != "SparseSoftmaxCrossEntropyWithLogits" || from.kernel != nullptr ||
          from.outputs[1] != root || from.condition != step.condition) {
        continue;
      }
      // It is done at the earlier place, since the losses may be wanted before.
      from.kernel = MakeWeightedSparseCrossEntropy(weights[0]);
      from.outputs[1] = step.outputs[0];
      made_by_[Sz(step.outputs[0])] = maker;
      TakeOver(Sz(maker), s);
      return;
    }
  }

  void MakeKernels() {
    for (size_t s = 0; s < products_.size(); ++s) {
      if (products_[s] && !is_gone_[s]) draft_.steps[s].kernel = MakeJoinedProduct(*products_[s]);
    }
  }

  PlanDraft& draft_;
  std::vector<bool> is_gone_;
  std::vector<int> made_by_;                            // The step, by value.
  std::vector<int> num_uses_;                           // By value, past views; fetches count.
  std::vector<std::optional<JoinedProduct>> products_;  // By step.
  std::map<size_t, Convolution> convolutions_;          // By step.
};

}  // namespace

void FuseSteps(PlanDraft& draft) { Fusion(draft).Run(); }

}  // namespace fanlight

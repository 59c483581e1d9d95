#include "fanlight/engine/graph/graph_builder.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/control.h"
#include "fanlight/engine/graph/ops/dims.h"
#include "fanlight/engine/graph/ops/io.h"
#include "fanlight/engine/graph/ops/layout.h"
#include "fanlight/engine/graph/ops/logic.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/matmul.h"
#include "fanlight/engine/graph/ops/nn.h"
#include "fanlight/engine/graph/ops/random.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/slicing.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/strided_slice.h"
#include "fanlight/engine/graph/ops/summary.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/graph/testing.h"

namespace fanlight {
namespace {

using ::testing::ElementsAre;
using testing::Get;
using ::testing::HasSubstr;
using testing::MessageOf;
using testing::NewSession;

TEST(GraphBuilder, MakesNamesUniqueAsTensorFlowDoes) {
  GraphBuilder graph;
  EXPECT_EQ(graph.UniqueName("a"), "a");
  EXPECT_EQ(graph.UniqueName("a"), "a_1");
  EXPECT_EQ(graph.UniqueName("A"), "A_2");
  EXPECT_EQ(graph.UniqueName("a_1"), "a_1_1");
  EXPECT_EQ(graph.UniqueName("a"), "a_3");
  {
    const auto outer = graph.NameScope("outer");
    EXPECT_EQ(graph.UniqueName("a"), "outer/a");
    const auto inner = graph.NameScope("inner");
    EXPECT_EQ(graph.name_scope(), "outer/inner");
    {
      const auto top = graph.NameScope("");
      EXPECT_EQ(graph.UniqueName("a"), "a_4");
    }
  }
  const auto again = graph.NameScope("outer");
  EXPECT_EQ(graph.name_scope(), "outer_1");
  const auto reentered = graph.NameScope("outer/");
  EXPECT_EQ(graph.UniqueName("a"), "outer/a_1");
}

TEST(GraphBuilder, LiteralsBecomeConstsInTheScopeOfTheirOp) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat64, {2});
  const Output y = Pow(graph, x, 2);
  EXPECT_EQ(y.node->input(1).name(), "Pow/y:0");
  EXPECT_EQ(y.node->input(1).dtype(), DType::kFloat64);
  const Output in = InTopK(graph, Placeholder(graph, DType::kFloat32, {4, 3}),
                           Placeholder(graph, DType::kInt32, {4}), 1);
  EXPECT_EQ(in.name(), "in_top_k/InTopKV2:0");
  EXPECT_EQ(in.node->input(2).name(), "in_top_k/InTopKV2/k:0");
}

TEST(GraphBuilder, KeepsItsFirstErrorAndGoesOnWithoutHarm) {
  GraphBuilder graph;
  const auto scope = graph.NameScope("hidden1");
  const Output a = Placeholder(graph, DType::kFloat32, {100, 784}, "images");
  const Output b = Placeholder(graph, DType::kFloat32, {128, 32}, "weights");
  const Output product = MatMul(graph, a, b);
  EXPECT_FALSE(product.is_valid());
  const Output after = Relu(graph, Add(graph, product, 1));
  EXPECT_FALSE(after.is_valid());
  const auto built = graph.Build();
  EXPECT_THAT(MessageOf(built), HasSubstr("node \"hidden1/MatMul\" (MatMul)"));
  EXPECT_THAT(MessageOf(built), HasSubstr("784 of [100,784] and 128 of [128,32]"));
  EXPECT_THAT(MessageOf(built), HasSubstr("\"hidden1/images:0\" float32[100,784]"));
  EXPECT_EQ(built.error().code, ErrorCode::kInvalidArgument);
}

// One mistake each: what is built, and what the message must say.
struct Mistake {
  const char* name;
  std::function<void(GraphBuilder&)> make;
  std::vector<const char*> wants;
};

TEST(GraphBuilder, NamesNodeShapesAndWhatWasWanted) {
  const auto floats = [](GraphBuilder& g, const PartialShape& shape, std::string_view name = "x") {
    return Placeholder(g, DType::kFloat32, shape, name);
  };
  const auto ints = [](GraphBuilder& g, const PartialShape& shape, std::string_view name = "n") {
    return Placeholder(g, DType::kInt32, shape, name);
  };
  const std::vector<Mistake> mistakes = {
      {"broadcast",
       [&](GraphBuilder& g) { Add(g, floats(g, {2, 3}), floats(g, {4}, "y"), "sum"); },
       {"\"sum\" (AddV2)", "[2,3] and [4] cannot be broadcast", "\"x:0\" float32[2,3]"}},
      {"dtypes",
       [&](GraphBuilder& g) { Mul(g, floats(g, {2}), ints(g, {2})); },
       {"\"Mul\" (Mul)", "argument \"y\" is int32, want float32"}},
      {"literal",
       [&](GraphBuilder& g) { Add(g, ints(g, {2}), 1.5); },
       {"argument \"y\" of \"Add\"", "cannot become int32"}},
      {"rank",
       [&](GraphBuilder& g) { MatMul(g, floats(g, {3}), floats(g, {3, 2}, "w")); },
       {"argument \"a\" has shape [3], want rank 2"}},
      {"no kernel type",
       [&](GraphBuilder& g) { Sqrt(g, Constant(g, Tensor::Scalar("text"))); },
       {"(Sqrt)", "attribute \"T\" is string, want one of"}},
      {"reshape",
       [&](GraphBuilder& g) { Reshape(g, floats(g, {2, 3}), {4, 2}); },
       {"cannot reshape 6 elements to shape [4,2]"}},
      {"reshape twice unknown",
       [&](GraphBuilder& g) { Reshape(g, floats(g, {6}), {-1, -1}); },
       {"more than one -1"}},
      {"axis",
       [&](GraphBuilder& g) { ReduceSum(g, floats(g, {2, 3}), {.axes = {{2}}}); },
       {"axis 2 is out of range for rank 2"}},
      {"expand dims",
       [&](GraphBuilder& g) { ExpandDims(g, floats(g, {2}), 3); },
       {"axis 3 is out of range for shape [2]"}},
      {"squeeze",
       [&](GraphBuilder& g) { Squeeze(g, floats(g, {2, 1}), {0}); },
       {"cannot squeeze dimension 0 of shape [2,1]"}},
      {"tile",
       [&](GraphBuilder& g) { Tile(g, floats(g, {2, 3}), {2}); },
       {"got 1 multiples for shape [2,3], want 2"}},
      {"transpose",
       [&](GraphBuilder& g) { Transpose(g, floats(g, {2, 3}), {0, 0}); },
       {"the permutation of shape [2,3] is none of 2 dimensions"}},
      {"bias",
       [&](GraphBuilder& g) { BiasAdd(g, floats(g, {2, 3}), floats(g, {2}, "b")); },
       {"the bias has 2 elements, want 3"}},
      {"labels",
       [&](GraphBuilder& g) {
         SparseSoftmaxCrossEntropyWithLogits(g, ints(g, {5}), floats(g, {4, 3}), "loss");
       },
       {"\"loss/loss\"", "[4] and [5] contradict"}},
      {"label type",
       [&](GraphBuilder& g) {
         SparseSoftmaxCrossEntropyWithLogits(g, floats(g, {4}, "l"), floats(g, {4, 3}));
       },
       {"\"Tlabels\" is float32, want one of int32, int64"}},
      {"in top k",
       [&](GraphBuilder& g) { InTopK(g, floats(g, {4, 3}), ints(g, {3}), 1); },
       {"in_top_k/InTopKV2", "contradict"}},
      {"assign a value",
       [&](GraphBuilder& g) {
         const Variable v = MakeVariable(g, 1.0, "v");
         Assign(g, v.value, 2.0);
       },
       {"argument \"ref\" is a value, want a variable"}},
      {"assign a shape",
       [&](GraphBuilder& g) {
         const Variable v = MakeVariable(g, Tensor::Vector<float>({1, 2}), "v");
         Assign(g, v.ref, Tensor::Vector<float>({1, 2, 3}));
       },
       {"(Assign)", "[2] and [3] contradict"}},
      {"apply",
       [&](GraphBuilder& g) {
         const Variable v = MakeVariable(g, Tensor::Vector<float>({1, 2}), "v");
         ApplyGradientDescent(g, v.ref, Tensor::Vector<float>({1, 1}), floats(g, {2}));
       },
       {"argument \"alpha\" has shape [2], want rank 0"}},
      {"select",
       [&](GraphBuilder& g) {
         Select(g, Placeholder(g, DType::kBool, {3}), floats(g, {2, 2}), floats(g, {2, 2}, "y"));
       },
       {"condition [3] does not fit values [2,2]"}},
      {"add n",
       [&](GraphBuilder& g) { AddN(g, {floats(g, {2}), floats(g, {3}, "y")}); },
       {"(AddN)", "[2] and [3] contradict"}},
      {"add nothing", [&](GraphBuilder& g) { AddN(g, {}); }, {"AddN"}},
      {"stack",
       [&](GraphBuilder& g) { Stack(g, {floats(g, {2})}, 3); },
       {"axis 3 is out of range for shape [2]"}},
      {"save",
       [&](GraphBuilder& g) {
         SaveV2(g, "model", Tensor::Vector<std::string>({"a", "b"}),
                Tensor::Vector<std::string>({""}), {floats(g, {2})});
       },
       {"got 2 names, want one for each of 1 tensors"}},
      {"tags",
       [&](GraphBuilder& g) { ScalarSummary(g, "loss", floats(g, {2})); },
       {"\"loss\" (ScalarSummary)", "tags [] and values [2] differ"}},
      {"no input",
       [&](GraphBuilder& g) { Relu(g, Output()); },
       {"\"Relu\" (Relu): input 0 is missing"}},
      {"unknown op",
       [&](GraphBuilder& g) { g.AddNode({.op = "Frobnicate", .name = "f"}); },
       {"node \"f\": there is no op \"Frobnicate\""}},
      {"bad name", [&](GraphBuilder& g) { NoOp(g, "no spaces"); }, {"not a valid name"}},
      {"missing attribute",
       [&](GraphBuilder& g) { g.AddNode({.op = "Placeholder", .name = "p"}); },
       {"\"p\" (Placeholder)", "attribute \"dtype\" (type) is missing"}},
      {"wrong attribute",
       [&](GraphBuilder& g) {
         g.AddNode({.op = "Placeholder", .name = "p", .attrs = {{"dtype", int64_t{1}}}});
       },
       {"attribute \"dtype\" is of kind int, want type"}},
      {"too many inputs",
       [&](GraphBuilder& g) {
         const Output x = floats(g, {2});
         g.AddNode({.op = "Relu", .name = "r", .inputs = {x, x}});
       },
       {"\"r\" (Relu)", "got 2 inputs, which do not match"}},
      {"no initial value",
       [&](GraphBuilder& g) { MakeVariable(g, Output(), "v"); },
       {"variable \"v\" has no initial value"}},
  };
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.name);
    GraphBuilder graph;
    mistake.make(graph);
    const std::string message = MessageOf(graph.status());
    for (const char* want : mistake.wants) EXPECT_THAT(message, HasSubstr(want));
  }
}

TEST(GraphBuilder, WaitsOnlyWhereNoInputAlreadyDoes) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {});
  const Node* first = NoOp(graph, "first");
  const auto wait = graph.ControlDependencies({first});
  const Output y = Neg(graph, x);
  const Output z = Neg(graph, y);
  EXPECT_THAT(y.node->controls, ElementsAre(first));
  EXPECT_TRUE(z.node->controls.empty());
  const Variable v = MakeVariable(graph, 1.0, "v");  // Waits for nothing.
  EXPECT_TRUE(v.initializer->controls.empty());
}

TEST(GraphBuilder, SeedsAreTensorFlows) {
  GraphBuilder graph;
  using Pair = std::pair<int64_t, int64_t>;
  EXPECT_EQ(graph.NextSeeds({}), (Pair{0, 0}));
  EXPECT_EQ(graph.NextSeeds(5), (Pair{87654321, 5}));
  graph.set_seed(7);
  EXPECT_EQ(graph.NextSeeds({}), (Pair{7, 0}));
  EXPECT_EQ(graph.NextSeeds(9), (Pair{7, 9}));
  EXPECT_EQ(graph.NextSeeds({}), (Pair{7, 1}));
  graph.set_seed(0);
  EXPECT_EQ(graph.NextSeeds(0), (Pair{0, 2147483647}));
  // What TensorFlow's nodes have for seeds that its rule does not take as they are.
  graph.set_seed(2147483647);
  EXPECT_EQ(graph.NextSeeds(2147483647), (Pair{0, 2147483647}));
  graph.set_seed(-5);
  EXPECT_EQ(graph.NextSeeds(-1), (Pair{2147483642, 2147483646}));
  graph.set_seed(int64_t{1} << 40);
  EXPECT_EQ(graph.NextSeeds((int64_t{1} << 40) + 3), (Pair{512, 515}));
  EXPECT_EQ(graph.NextSeeds(2147483646), (Pair{512, 2147483646}));
  EXPECT_EQ(graph.NextSeeds(2147483648), (Pair{512, 1}));
}

TEST(OpRegistry, EveryOpHasAKernelOrBelongsToAnUpperLayer) {
  for (const OpDef* op : StandardOps()->All()) {
    EXPECT_EQ(StandardOps()->Find(op->name), op);
    const proto::OpDef message = OpToProto(*op);
    EXPECT_EQ(message.input_arg_size(), static_cast<int>(op->inputs.size())) << op->name;
  }
}

proto::MetaGraphDef ReadMetaGraph(const std::string& name) {
  std::ifstream file(std::string(FANLIGHT_GOLDEN_DIR) + "/" + name, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  proto::MetaGraphDef message;
  EXPECT_TRUE(message.ParseFromString(bytes.str()));
  return message;
}

TEST(ImportMetaGraph, TheTutorialAuthorsGraphTrainsOn) {
  GraphBuilder graph;
  const auto imported = ImportMetaGraph(graph, ReadMetaGraph("tutorial/tmp/model.ckpt.meta"));
  ASSERT_TRUE(imported.has_value()) << MessageOf(imported);
  EXPECT_EQ(graph.graph()->num_nodes(), 130);
  ASSERT_EQ(graph.collections().trainable_variables().size(), 2u);
  const auto find = [&](const char* name) { return Get(graph.graph()->FindOutput(name)); };
  const auto session = NewSession(graph);
  Get(session->Run({.targets = {find("init")}}));
  ASSERT_TRUE(session->WriteVariable(find("weight"), Tensor::Scalar(0.3f)).has_value());
  ASSERT_TRUE(session->WriteVariable(find("bias"), Tensor::Scalar(-0.2f)).has_value());
  const float xs[] = {3.3f, 4.4f, 5.5f};
  const float ys[] = {1.7f, 2.76f, 2.09f};
  for (int i = 0; i < 3; ++i) {
    Get(session->Run({.feeds = {{find("Placeholder"), Tensor::Scalar(xs[i])},
                                {find("Placeholder_1"), Tensor::Scalar(ys[i])}},
                      .targets = {find("GradientDescent")}}));
  }
  // By hand: error · x / 17 · 0.01, three times.
  double w = 0.3;
  double b = -0.2;
  for (int i = 0; i < 3; ++i) {
    const double error = (w * double{xs[i]} + b - double{ys[i]}) / 17;
    w -= 0.01 * error * double{xs[i]};
    b -= 0.01 * error;
  }
  EXPECT_NEAR(Get(session->ReadVariable(find("weight"))).scalar<float>(), w, 1e-6);
  EXPECT_NEAR(Get(session->ReadVariable(find("bias"))).scalar<float>(), b, 1e-6);
}

TEST(ImportMetaGraph, WhatIsReadIsWrittenAgain) {
  for (const char* name : {"mnist_graph/mnist.meta", "tutorial/tmp/model.ckpt.meta",
                           "mnist_small/model.ckpt-1.meta"}) {
    SCOPED_TRACE(name);
    const proto::MetaGraphDef golden = ReadMetaGraph(name);
    GraphBuilder graph;
    const auto imported = ImportMetaGraph(graph, golden);
    ASSERT_TRUE(imported.has_value()) << MessageOf(imported);
    const proto::MetaGraphDef ours = ExportMetaGraph(graph, &golden.saver_def());
    ASSERT_EQ(ours.graph_def().node_size(), golden.graph_def().node_size());
    GraphBuilder again;
    ASSERT_TRUE(ImportMetaGraph(again, ours).has_value());
    for (const proto::NodeDef& node : golden.graph_def().node()) {
      const Node* mine = again.graph()->FindNode(node.name());
      ASSERT_NE(mine, nullptr) << node.name();
      EXPECT_EQ(mine->type(), node.op());
      EXPECT_EQ(mine->device, node.device());
      EXPECT_EQ(mine->inputs.size() + mine->controls.size(),
                static_cast<size_t>(node.input_size()));
      // What TensorFlow knew of shapes, we know.
      const auto shapes = node.attr().find("_output_shapes");
      if (shapes == node.attr().end()) continue;
      for (int i = 0; i < shapes->second.list().shape_size(); ++i) {
        const auto& theirs = shapes->second.list().shape(i);
        if (theirs.unknown_rank()) continue;
        const PartialShape& shape = mine->output_shapes[static_cast<size_t>(i)];
        ASSERT_EQ(shape.rank(), theirs.dim_size()) << node.name();
        for (int d = 0; d < theirs.dim_size(); ++d) {
          if (theirs.dim(d).size() >= 0) {
            EXPECT_EQ(shape[d], theirs.dim(d).size()) << node.name();
          }
        }
      }
    }
    for (const auto& [key, collection] : golden.collection_def()) {
      ASSERT_TRUE(ours.collection_def().contains(key)) << key;
      EXPECT_EQ(ours.collection_def().at(key).node_list().value_size(),
                collection.node_list().value_size());
      EXPECT_EQ(ours.collection_def().at(key).bytes_list().value_size(),
                collection.bytes_list().value_size());
    }
  }
}

TEST(ImportGraphDef, TellsWhatDoesNotFit) {
  const std::pair<const char*, const char*> cases[] = {
      {"node { name: 'a' op: 'NoOp' } node { name: 'a' op: 'NoOp' }", "two nodes \"a\""},
      {"node { name: 'a' op: 'Relu' input: 'b' }", "has the input \"b\", which is no node"},
      {"node { name: 'a' op: 'Nope' }", "there is no op \"Nope\""},
      {"node { name: 'a' op: 'NoOp' input: '^b' } node { name: 'b' op: 'NoOp' input: '^a' }",
       "wait for each other"},
      {"node { name: 'a' op: 'NoOp' input: '^a' }", "wait for each other"},
      {"node { name: 'p' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } } } "
       "node { name: 'a' op: 'Relu' input: 'p:1' }",
       "has the input \"p:1\", but \"p\" (Placeholder) has 1 outputs"},
      {"node { name: 'p' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } } } "
       "node { name: 'a' op: 'Relu' input: 'p:x' }",
       "\"p:x\" is no name of an input"},
      {"node { name: 'b' op: 'NoOp' } "
       "node { name: 'p' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } } } "
       "node { name: 'a' op: 'Relu' input: '^b' input: 'p' }",
       "after a control input"},
      {"node { name: 'p' op: 'Placeholder' attr { key: 'dtype' value { type: 99 } } }",
       "unknown dtype number 99"},
      {"node { name: 'c' op: 'Const' attr { key: 'dtype' value { type: DT_FLOAT } } "
       "attr { key: 'value' value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 1 } } } }",
       "the value is int32[], attribute \"dtype\" says float32"},
      {"node { name: 'c' op: 'Const' attr { key: 'dtype' value { type: DT_FLOAT } } attr { key: "
       "'value' value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: 99999999999 } } } } } "
       "}",
       "larger than the limit"},
      {"node { name: 'x' op: 'NoOp' } node { name: 'm' op: 'MergeSummary' input: 'x' }",
       "has 0 outputs"},
      {"node { name: 'm' op: 'RestoreV2' attr { key: 'dtypes' value { i: 3 } } }", "RestoreV2"},
      {"node { name: 'm' op: 'AddN' attr { key: 'N' value { i: -3 } } }", "AddN"},
  };
  for (const auto& [text, want] : cases) {
    SCOPED_TRACE(text);
    proto::GraphDef message;
    google::protobuf::TextFormat::Parser parser;
    ASSERT_TRUE(parser.ParseFromString(text, &message));
    GraphBuilder graph;
    EXPECT_THAT(MessageOf(ImportGraphDef(graph, message)), HasSubstr(want));
  }
}

TEST(ImportGraphDef, LeavesTheGraphAloneWhereANodeCannotBeOne) {
  const char* const placeholder =
      "node { name: 'p' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } } }";
  for (const char* const bad :
       {"node { name: 'a' op: 'Nope' input: 'p' }", "node { name: 'x' op: 'Relu' input: 'p' }",
        "node { name: 'a' op: 'Relu' input: 'q' }", "node { name: 'a' op: 'NoOp' input: '^a' }"}) {
    SCOPED_TRACE(bad);
    proto::GraphDef message;
    google::protobuf::TextFormat::Parser parser;
    ASSERT_TRUE(parser.ParseFromString(std::string(placeholder) + bad, &message));
    GraphBuilder graph;
    NoOp(graph, "x");
    EXPECT_FALSE(ImportGraphDef(graph, message).has_value());
    EXPECT_EQ(graph.graph()->num_nodes(), 1);
    EXPECT_EQ(graph.UniqueName("p"), "p");
  }
}

TEST(ImportMetaGraph, LeavesGraphAndCollectionsAloneWhereItNamesWhatIsNotThere) {
  const proto::MetaGraphDef golden = ReadMetaGraph("tutorial/tmp/model.ckpt.meta");
  std::vector<proto::MetaGraphDef> wrong(7, golden);
  (*wrong[0].mutable_collection_def())["zz"].mutable_node_list()->add_value("no_such_node");
  (*wrong[1].mutable_collection_def())["zz"].mutable_node_list()->add_value("weight:7");
  (*(*wrong[2].mutable_signature_def())["zz"].mutable_inputs())["x"].set_name("no_such_node:0");
  proto::VariableDef variable;
  variable.set_variable_name("no_such_node:0");
  const auto add_variable = [&](proto::MetaGraphDef& message) {
    (*message.mutable_collection_def())["variables"].mutable_bytes_list()->add_value(
        variable.SerializeAsString());
  };
  add_variable(wrong[3]);
  // One without a value, a value that is no variable, and one of another dtype.
  variable.set_variable_name("weight:0");
  add_variable(wrong[4]);
  variable.set_snapshot_name("save/Const:0");
  add_variable(wrong[5]);
  variable.set_variable_name("save/Const:0");
  add_variable(wrong[6]);
  GraphBuilder graph;
  NoOp(graph, "x");
  const std::string before = ExportMetaGraph(graph).DebugString();
  for (const proto::MetaGraphDef& message : wrong) {
    EXPECT_FALSE(ImportMetaGraph(graph, message).has_value());
    EXPECT_EQ(ExportMetaGraph(graph).DebugString(), before);
  }
  EXPECT_TRUE(ImportMetaGraph(graph, golden).has_value());
}

TEST(GraphBuilder, NothingIsAddedWhileTheGraphIsFinal) {
  GraphBuilder graph;
  Neg(graph, Placeholder(graph, DType::kFloat32, {2}, "x"), "y");
  const proto::MetaGraphDef message = ExportMetaGraph(graph);
  graph.set_final(true);
  EXPECT_EQ(NoOp(graph, "z"), nullptr);
  EXPECT_EQ(graph.status().error().code, ErrorCode::kFailedPrecondition);
  graph.ClearError();
  const ImportOptions below{.name_prefix = "copy"};
  EXPECT_EQ(ImportGraphDef(graph, message.graph_def(), below).error().code,
            ErrorCode::kFailedPrecondition);
  // One without a node, too.
  EXPECT_EQ(ImportMetaGraph(graph, {}).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(graph.graph()->num_nodes(), 2);
  graph.set_final(false);
  EXPECT_TRUE(ImportMetaGraph(graph, message, below).has_value());
  EXPECT_EQ(graph.graph()->num_nodes(), 4);
}

TEST(ImportGraphDef, PutsAPrefixBeforeNamesAndKeepsThemFree) {
  GraphBuilder graph;
  Neg(graph, Placeholder(graph, DType::kFloat32, {2}, "x"), "y");
  const proto::GraphDef message = ExportGraphDef(*graph.graph());
  EXPECT_THAT(MessageOf(ImportGraphDef(graph, message)), HasSubstr("already has a node \"x\""));
  ASSERT_TRUE(ImportGraphDef(graph, message, {.name_prefix = "copy"}).has_value());
  EXPECT_TRUE(graph.graph()->FindOutput("copy/y:0").has_value());
  EXPECT_EQ(NoOp(graph, "copy")->name, "copy_1");
}

TEST(ShapeRules, ReadShapesThatAreMadeOfPartsOfOthers) {
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {PartialShape::kUnknown, 3, 4}, "x");
  const Output shape = ShapeOf(graph, x);
  const Output ends = StridedSlice(graph, shape, {0}, {-1}, {1}, {.begin_mask = 1});
  EXPECT_EQ(ToString(Fill(graph, ends, 1.0F).shape()), "[?,3]");
  const Output joined = Concat(graph, {Constant(graph, Tensor::Vector<int32_t>({5, 6})), ends}, 0);
  EXPECT_EQ(ToString(Fill(graph, joined, 1.0F).shape()), "[5,6,?,3]");
  EXPECT_EQ(ToString(Fill(graph, Concat(graph, {ends, ends, ends, ends, ends}, 0), 1.0F).shape()),
            "<unknown>");
  // What joins a shape with itself again and again is not followed for ever.
  Output many = StridedSlice(graph, shape, {0}, {0}, {1});
  for (int i = 0; i < 100; ++i) many = Concat(graph, {many, many}, 0);
  EXPECT_EQ(ToString(Fill(graph, many, 1.0F).shape()), "[]");
  Output halves = ends;
  for (int i = 0; i < 50; ++i) {
    halves = Concat(
        graph,
        {StridedSlice(graph, halves, {0}, {1}, {1}), StridedSlice(graph, halves, {1}, {2}, {1})},
        0);
  }
  EXPECT_EQ(ToString(Fill(graph, halves, 1.0F).shape()), "[?,?]");
  EXPECT_TRUE(graph.ok()) << testing::MessageOf(graph.status());
}

}  // namespace
}  // namespace fanlight

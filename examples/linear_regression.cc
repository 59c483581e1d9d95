// Fits a line to a few points, and writes the cost and the graph for people to watch:
//
//   example-linear-regression logs/line && fanlight --logdir logs
#include <cstdio>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/math.h"
#include "fanlight/engine/graph/ops/reduction.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/ops/summary.h"
#include "fanlight/engine/graph/ops/unary.h"
#include "fanlight/engine/graph/session.h"
#include "fanlight/engine/train/file_writer.h"
#include "fanlight/engine/train/gradient_descent.h"
#include "fanlight/engine/train/kernels.h"

namespace fanlight {
namespace {

Status FitALine(const std::string& logdir) {
  // Build the graph: y = weight · x + bias, and the mean of the squared errors.
  GraphBuilder graph;
  const Output x = Placeholder(graph, DType::kFloat32, {PartialShape::kUnknown});
  const Output y = Placeholder(graph, DType::kFloat32, {PartialShape::kUnknown});
  const Variable weight = MakeVariable(graph, 0.0, "weight");
  const Variable bias = MakeVariable(graph, 0.0, "bias");
  const Output predicted = Add(graph, Mul(graph, weight, x), bias);
  const Output cost = ReduceMean(graph, Square(graph, Sub(graph, predicted, y)));
  const Node* train_step = GradientDescentOptimizer(0.05).Minimize(graph, cost);
  ScalarSummary(graph, "cost", cost);
  const Output summaries = MergeAllSummaries(graph);
  const Node* init = GlobalVariablesInitializer(graph);

  // A mistake in any of the calls above is told here, with the node's name and the shapes.
  FL_ASSIGN_OR_RETURN(const std::shared_ptr<const Graph> built, graph.Build());
  FL_ASSIGN_OR_RETURN(const auto session, Session::Create(built, {.kernels = AllKernels()}));
  FL_ASSIGN_OR_RETURN(const auto writer, FileWriter::Create(logdir, graph));

  const std::vector<Session::Feed> points = {{x, Tensor::Vector<float>({0, 1, 2, 3})},
                                             {y, Tensor::Vector<float>({1, 3, 5, 7})}};
  FL_TRY(session->Run({.targets = {init}}));
  for (int64_t step = 0; step < 400; ++step) {
    FL_ASSIGN_OR_RETURN(
        const auto fetched,
        session->Run({.feeds = points, .fetches = {summaries}, .targets = {train_step}}));
    FL_TRY(writer->AddSummary(fetched[0], step));
  }
  FL_ASSIGN_OR_RETURN(const auto line, session->Run({.fetches = {weight, bias}}));
  std::printf("y = %.3f x + %.3f\n", static_cast<double>(line[0].scalar<float>()),
              static_cast<double>(line[1].scalar<float>()));
  return writer->Close();
}

}  // namespace
}  // namespace fanlight

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s LOGDIR\n", argv[0]);
    return 2;
  }
  const fanlight::Status status = fanlight::FitALine(argv[1]);
  if (!status) std::fprintf(stderr, "error: %s\n", status.error().message.c_str());
  return status ? 0 : 1;
}

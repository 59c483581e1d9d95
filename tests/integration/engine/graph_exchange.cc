// Graphs from and for TensorFlow.
//
//   fanlight-graph-exchange run FOLDER     runs FOLDER/graph.pb as FOLDER/manifest.txt tells
//   fanlight-graph-exchange make FOLDER    makes our own graphs, each with what it gives here, in folders below
//
// A manifest has a line for each thing, in order; a run ends where the next begins:
//   run
//   feed NAME FILE        a TensorProto
//   target NAME
//   fetch NAME FILE       written
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "fanlight/base/file.h"
#include "fanlight/engine/graph/graph_def.h"
#include "fanlight/engine/graph/ops/state.h"
#include "fanlight/engine/graph/session.h"
#include "fanlight/engine/tensor/tensor_proto.h"
#include "fanlight/engine/train/kernels.h"
#include "tests/integration/engine/exchange_graphs.h"

namespace fanlight::exchange {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 30;

Status Write(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  if (!file) return Fail(ErrorCode::kIo, "cannot write {}", path);
  return {};
}

Result<Tensor> ReadTensor(const std::string& path) {
  FL_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(path, kMostBytes));
  proto::TensorProto message;
  if (!message.ParseFromString(bytes)) return Fail(ErrorCode::kCorrupt, "no tensor: {}", path);
  return TensorFromProto(message);
}

Status Run(const std::string& folder) {
  FL_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(folder + "/graph.pb", kMostBytes));
  proto::GraphDef message;
  if (!message.ParseFromString(bytes)) return Fail(ErrorCode::kCorrupt, "no graph: {}", folder);
  GraphBuilder graph;
  FL_TRY(ImportGraphDef(graph, message));
  FL_ASSIGN_OR_RETURN(const auto built, graph.Build());
  FL_ASSIGN_OR_RETURN(const auto session, Session::Create(built, {.kernels = AllKernels({})}));
  FL_ASSIGN_OR_RETURN(const std::string manifest,
                      ReadWholeFile(folder + "/manifest.txt", kMostBytes));
  std::istringstream lines(manifest + "run\n");
  Session::Request request;
  std::vector<std::string> files;
  bool has_begun = false;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string what;
    std::string name;
    std::string file;
    words >> what >> name >> file;
    if (what == "run") {
      if (has_begun) {
        FL_ASSIGN_OR_RETURN(const auto fetched, session->Run(request));
        for (size_t i = 0; i < fetched.size(); ++i) {
          FL_TRY(Write(folder + "/" + files[i], TensorToProto(fetched[i]).SerializeAsString()));
        }
      }
      request = {};
      files.clear();
      has_begun = true;
      continue;
    }
    FL_ASSIGN_OR_RETURN(const Output output, built->FindOutput(name));
    if (what == "feed") {
      FL_ASSIGN_OR_RETURN(Tensor value, ReadTensor(folder + "/" + file));
      request.feeds.push_back({output, std::move(value)});
    } else if (what == "target") {
      request.targets.push_back(output);
    } else {
      request.fetches.push_back(output);
      files.push_back(file);
    }
  }
  return {};
}

Status MakeOne(const Example& example, const std::string& folder) {
  GraphBuilder graph;
  Made made;
  example.make(graph, made);
  const Node* init = GlobalVariablesInitializer(graph);
  FL_TRY(graph.status());
  FL_TRY(Write(folder + "/graph.pb", ExportGraphDef(*graph.graph()).SerializeAsString()));
  std::string feeds;
  for (size_t i = 0; i < made.feeds.size(); ++i) {
    const std::string file = fmt::format("feed{}.pb", i);
    FL_TRY(Write(folder + "/" + file, TensorToProto(made.feeds[i].value).SerializeAsString()));
    feeds += fmt::format("feed {} {}\n", made.feeds[i].placeholder.name(), file);
  }
  std::string manifest = fmt::format("run\ntarget {}\n", init->name);
  for (int i = 0; i < 5 && !made.targets.empty(); ++i) {
    manifest += "run\n" + feeds;
    for (const Output& target : made.targets) manifest += "target " + target.node->name + "\n";
  }
  manifest += "run\n" + feeds;
  for (size_t i = 0; i < made.fetches.size(); ++i) {
    manifest += fmt::format("fetch {} fetch{}.pb\n", made.fetches[i].name(), i);
  }
  FL_TRY(Write(folder + "/manifest.txt", manifest));
  return Run(folder);
}

Status MakeAll(const std::string& folder) {
  for (const Example& example : Examples()) {
    const std::string path = folder + "/" + example.name;
    std::filesystem::create_directories(path);
    if (Status made = MakeOne(example, path); !made) {
      return tl::unexpected<Error>(made.error().With(example.name));
    }
  }
  return {};
}

}  // namespace
}  // namespace fanlight::exchange

int main(int argc, char** argv) {
  using namespace fanlight::exchange;  // NOLINT(google-build-using-namespace)
  if (argc != 3) {
    std::cerr << "usage: fanlight-graph-exchange run|make FOLDER\n";
    return 2;
  }
  const fanlight::Status done = std::string(argv[1]) == "run" ? Run(argv[2]) : MakeAll(argv[2]);
  if (!done) std::cerr << "fanlight-graph-exchange: " << done.error().message << '\n';
  return done ? 0 : 1;
}

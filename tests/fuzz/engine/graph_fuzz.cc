// Bytes as a graph: a Session must compute the same with and without its optimisations.
#include <cstdio>
#include <cstdlib>

#include "fanlight/engine/graph/byte_graph.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string difference = fanlight::testing::CompareOptimised({data, size});
  if (!difference.empty()) {
    std::fprintf(stderr, "%s\n", difference.c_str());
    std::abort();
  }
  return 0;
}

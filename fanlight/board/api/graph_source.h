// Where the graphs of a run are, and how each form in the log becomes a GraphDef.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fanlight/board/api/board.h"
#include "fanlight/board/store/snapshot.h"
#include "fanlight/proto/graph.pb.h"
#include "fanlight/proto/run_metadata.pb.h"

namespace fanlight::api {

enum class GraphType : uint8_t {
  kOps,         // Of ops: the run's own graph, tag "", or that of a traced function.
  kConceptual,  // Of the layers of a Keras model.
};

// What is logged under one tag of a run.
struct GraphTag {
  std::string tag;  // Empty: the run's own graph.
  bool has_ops = false;
  bool has_conceptual = false;
  bool has_profile = false;  // Compute time and memory of its nodes.
};
// The run's own graph first, then by tag.
std::vector<GraphTag> GraphTagsOf(const store::Snapshot& snapshot, store::RunId run);

// The series a graph is read from, and how.
struct GraphSeries {
  store::SeriesView series;
  GraphType type = GraphType::kOps;
};
// Errors: kNotFound.
Result<GraphSeries> FindGraph(const store::Snapshot& snapshot, store::RunId run,
                              std::string_view tag, GraphType type);
// The newest point of a graph series. Errors: kNotFound.
Result<store::BlobRef> NewestGraph(const Board& board, const store::SeriesView& series);
// How the graphs of one trace become one, with "graph_1/" and so on before their nodes.
enum class Merging {
  kAsTensorBoard,  // Which loses control edges, and calls other than those by PartitionedCall of the outermost graph.
  kWhole,
};
// Errors: kNotFound when the file is gone; kDataLoss when the message is damaged.
Result<proto::GraphDef> ReadGraph(const Board& board, const GraphSeries& source,
                                  const store::BlobRef& ref, Merging merging);
// Errors: as above.
Result<proto::RunMetadata> ReadRunMetadata(const Board& board, const store::Snapshot& snapshot,
                                           store::RunId run, std::string_view tag);

}  // namespace fanlight::api

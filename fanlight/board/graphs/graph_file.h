// A graph in a file of its own, as people keep them: `.pb`, `.pbtxt`, `.meta`.
#pragma once

#include <string_view>

#include "fanlight/base/result.h"
#include "fanlight/proto/graph.pb.h"

namespace fanlight::graphs {

// `bytes` is a GraphDef or a MetaGraphDef, binary or as text; which, its content tells. Fields that are not known here
// are passed over. Errors: kInvalidArgument, with the line where it is text.
Result<proto::GraphDef> ParseGraphFile(std::string_view bytes);

}  // namespace fanlight::graphs

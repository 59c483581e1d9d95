// The request of /api/v1/columns, read from its JSON. Its meaning: docs/api-v1.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/board/store/series.h"

namespace fanlight::api {

struct ColumnsRequest {
  struct Series {
    store::RunId run;
    std::string tag;
  };
  std::vector<Series> series;
  store::WindowQuery window;
};

// Errors: kInvalidArgument, naming the key; kTooLarge for more series than one request may name.
Result<ColumnsRequest> ParseColumnsRequest(std::string_view json);

}  // namespace fanlight::api

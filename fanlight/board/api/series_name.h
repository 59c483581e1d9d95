// A series as a request of /api/v1 names it.
#pragma once

#include <string>

#include "fanlight/board/store/ids.h"

namespace fanlight::api {

struct SeriesName {
  store::RunId run;
  std::string tag;
};

}  // namespace fanlight::api

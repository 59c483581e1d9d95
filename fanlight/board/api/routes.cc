#include "fanlight/board/api/routes.h"

namespace fanlight::api {

void AddAllRoutes(http::Router& router, const Board& board, EventHub& hub) {
  AddCompatibleCoreRoutes(router, board);
  AddCompatibleScalarRoutes(router, board);
  AddCompatibleTimeSeriesRoutes(router, board);
  AddCompatibleHistogramRoutes(router, board);
  AddStatusRoutes(router, board);
  AddColumnRoutes(router, board);
  AddBlobRoutes(router, board);
  AddEventRoutes(router, board, hub);
}

}  // namespace fanlight::api

#include "fanlight/board/api/routes.h"

namespace fanlight::api {

void AddAllRoutes(http::Router& router, const Board& board, EventHub& hub) {
  router.SetMethodRefusal([](const http::Request& request, std::string_view allowed) {
    return ErrorResponse(
        Error{ErrorCode::kInvalidArgument,
              request.path + " answers " + std::string(allowed) + ", not " + request.method});
  });
  AddCompatibleCoreRoutes(router, board);
  AddCompatibleScalarRoutes(router, board);
  AddCompatibleTimeSeriesRoutes(router, board);
  AddCompatibleHistogramRoutes(router, board);
  AddCompatibleMediaRoutes(router, board);
  AddCompatibleGraphRoutes(router, board);
  AddStatusRoutes(router, board);
  AddRunRoutes(router, board);
  AddMarkRoutes(router, board);
  AddColumnRoutes(router, board);
  AddHistogramRoutes(router, board);
  AddImageRoutes(router, board);
  AddGraphRoutes(router, board);
  AddEventRoutes(router, board, hub);
}

}  // namespace fanlight::api

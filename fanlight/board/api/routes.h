// All route families of the board, and the one call that adds them.
#pragma once

#include "fanlight/board/api/board.h"
#include "fanlight/board/http/router.h"

namespace fanlight::api {

class EventHub;

// TensorBoard's contract: docs/http-compatibility.md.
void AddCompatibleCoreRoutes(http::Router& router, const Board& board);
void AddCompatibleScalarRoutes(http::Router& router, const Board& board);
void AddCompatibleTimeSeriesRoutes(http::Router& router, const Board& board);
void AddCompatibleHistogramRoutes(http::Router& router, const Board& board);
void AddCompatibleMediaRoutes(http::Router& router, const Board& board);  // images, audio, text
void AddCompatibleGraphRoutes(http::Router& router, const Board& board);

// Ours: docs/api-v1.md.
void AddStatusRoutes(http::Router& router, const Board& board);  // status, tags
void AddRunRoutes(http::Router& router, const Board& board);     // runs, summaries
void AddMarkRoutes(http::Router& router, const Board& board);    // marks, links
void AddColumnRoutes(http::Router& router, const Board& board);
void AddHistogramRoutes(http::Router& router, const Board& board);
void AddImageRoutes(http::Router& router, const Board& board);
void AddGraphRoutes(http::Router& router, const Board& board);
void AddEventRoutes(http::Router& router, const Board& board, EventHub& hub);

// Whether the answer takes little time however large the board is.
bool IsQuick(const http::Request& request);

// Every one of the above.
void AddAllRoutes(http::Router& router, const Board& board, EventHub& hub);

}  // namespace fanlight::api

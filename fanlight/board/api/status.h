// The board's state as /api/v1/status and the stream of changes tell it.
#pragma once

#include "fanlight/board/api/board.h"
#include "fanlight/board/api/json_writer.h"

namespace fanlight::api {

// The object of /api/v1/status; without `damage.items` when they are not wanted.
void AppendStatus(JsonWriter& json, const Board& board, const store::Overview& overview,
                  bool with_damage_items);

}  // namespace fanlight::api

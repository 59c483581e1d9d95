// What the routes need to know of the command line.
#pragma once

#include "apps/fanlight/flags.h"
#include "fanlight/board/api/board.h"

namespace fanlight::app {

api::Settings MakeSettings(const CommandLine& line);

}  // namespace fanlight::app

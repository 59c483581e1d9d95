// Which points of a series are answered when a window holds more than were asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fanlight::api {

struct ChosenRows {
  std::vector<size_t> rows;  // Ascending.
  size_t in_window = 0;      // Before any were left out.
  bool left_out = false;     // Rows inside the window were.
};

// Rows with `x` in [from, to], both open where absent, and the nearest row outside on each side. Of more than `most` (0: no limit)
// every second, fifth, tenth, twentieth … row of the series is kept, and the last one of the window: while a series grows, and
// whatever the window, the same rows are seen, so that a drawing does not dance.
ChosenRows ChooseRows(std::span<const double> x, std::optional<double> from,
                      std::optional<double> to, uint32_t most);

}  // namespace fanlight::api

// Reading one series of a snapshot. A SeriesView is a cheap handle on immutable data: take it, let
// go of everything else, compute as long as you like.
//
//   step      0    1    2    3    4 │  3    4    5         a job restarted from step 3:
//   index     0    1    2    3    4 │  5    6    7         points 3 and 4 of the first generation
//                            ×    × │                      are superseded (hidden unless asked for)
//
// Scalar points lie in blocks of up to 4096: encoded blocks in a mapped file, the newest points as
// plain arrays. Each block carries a small pyramid, so that a window at the width of a screen
// touches few points. docs/design/store.md draws both.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fanlight/board/store/blob.h"
#include "fanlight/board/store/facts.h"
#include "fanlight/board/store/ids.h"
#include "fanlight/board/store/smoothing.h"

namespace fanlight::store {

struct SeriesState;  // Immutable; shared by all who look at it.

// Which points of a series count.
enum class Generations : uint8_t {
  kCurrent,  // Without those that a restart superseded.
  kAll,
  kTensorBoardFast,  // As TensorBoard's fast loader: a point with step s removes the tag's earlier
                     // ones with step ≥ s.
  kTensorBoardSlow,  // As its slow loader: only SessionLog START (or, in logs without a version, a
                     // falling step) removes.
};

enum class Axis : uint8_t {
  kStep,
  kWall,      // Seconds since the epoch.
  kRelative,  // Seconds since the run's first event.
  kMetric,    // What another series of the run has at the same step.
};

// How pixel columns are laid over the axis: equally wide, or equally wide in the logarithm. There a
// window begins above 0.
enum class Scale : uint8_t { kLinear, kLog };

// How points are chosen when a window holds more than a screen shows.
enum class Shape : uint8_t {
  kPoints,    // Above 4 × width points: of each pixel column the first, least, greatest and last
              // point, and the first that is not finite.
  kEnvelope,  // Above 2 × width: of each pixel column the last point, with the least and the
              // greatest value of the column beside it.
};

// What the values were logged as. All fit in a double but the 64-bit integers beyond 2^53.
enum class ValueType : uint8_t { kFloat32, kFloat64, kInt64, kUint64, kBool };

class SeriesView;

struct WindowQuery {
  Axis axis = Axis::kStep;
  std::optional<double> from{};  // Both inclusive, on the axis; absent: open.
  std::optional<double> to{};
  uint32_t width = 0;  // Pixels; 0: every point.
  Scale scale = Scale::kLinear;
  Shape shape = Shape::kPoints;
  bool with_wall_times = true;  // Else that column stays empty.
  std::optional<Smoothing> smoothing{};
  Generations generations = Generations::kCurrent;
  // Where not 0: of no more points than these, chosen as by Sample(). They are then all there are.
  uint32_t sample = 0;
  SmoothingCache* cache = nullptr;  // Makes smoothing of long series cheap when asked for again.
  // Axis::kMetric: the other series. Points at steps where it has no number are left out.
  const SeriesView* x = nullptr;
};

// Parallel columns of equal length, in file order.
struct ScalarColumns {
  std::vector<int64_t> steps;
  std::vector<double> wall_times_s;
  std::vector<double> values;
  std::vector<double> smoothed;  // Empty unless asked for.
  std::vector<double> x;         // Axis::kMetric only.
  std::vector<double> lo;        // Of an envelope only: the least and the greatest finite value of
  std::vector<double> hi;        // the column that ends with the point, or the point's own value.
  bool is_envelope = false;
  uint64_t total = 0;      // Points of the generations asked for.
  uint64_t in_window = 0;  // Those of them inside the window, before any were left out.
  bool left_out = false;   // Points inside the window were left out.
};

// What the points of a series amount to.
struct ScalarSummary {
  uint64_t points = 0;
  uint64_t finite =
      0;  // Of them, those that are neither NaN nor infinite; least, greatest and mean are of these.
  double last = 0;
  int64_t last_step = 0;
  double least = 0;
  double greatest = 0;
  double mean = 0;
};

// A run of points that lie one after another in file order. Valid during the call that hands it
// over.
struct ScalarRun {
  uint64_t first_index = 0;  // In the series, superseded points counted.
  std::span<const int64_t> steps;
  std::span<const double> wall_times_s;
  std::span<const double> values;
};

class SeriesView {
 public:
  explicit SeriesView(std::shared_ptr<const SeriesState> state);

  RunId run() const;
  const std::string& tag() const;        // UTF-8, as requests name it.
  const std::string& tag_bytes() const;  // As logged.
  const SeriesMetadata& metadata() const;
  const std::string& kind() const { return metadata().kind; }
  bool is_scalars() const;  // Columns of numbers; else references to blobs.
  uint64_t points() const;  // Of all generations.
  uint64_t change() const;  // The commit that changed it last.
  double run_start_s()
      const;  // Where Axis::kRelative begins: the wall time of the run's first event.

  // --- scalar series; on others they return nothing ---
  ValueType value_type() const;
  // Calls `visit` for the points of `generations`, in file order.
  void ForEachRun(Generations generations,
                  const std::function<void(const ScalarRun&)>& visit) const;
  // The window at its width, in file order. The nearest point outside on each side is added, so
  // that a line reaches the edge. Smoothing runs over all points of the generations before any is
  // left out.
  ScalarColumns Window(const WindowQuery& query) const;
  // At most `max` points, spread evenly, in file order: always the first, the last, the least and
  // the greatest, the same for the same points. 0: none. For the compatible routes.
  ScalarColumns Sample(uint32_t max, Generations generations) const;
  // The last point of the generations.
  std::optional<ScalarColumns> Last(Generations generations) const;
  // All points of the generations taken together; nothing when there are none. Whole blocks are told by their
  // summaries, so a long series costs little more than a short one.
  std::optional<ScalarSummary> Summarize(Generations generations) const;
  // The exact value at an index counted over all generations, as the 64 bits of an integer series.
  int64_t IntegerAt(uint64_t index) const;

  // --- blob series; on others they return nothing ---
  // In file order. `max` evenly spread ones, always with the first and the last; 0: all.
  std::vector<BlobRef> Blobs(Generations generations, uint32_t max = 0,
                             std::optional<int64_t> from_step = {},
                             std::optional<int64_t> to_step = {}) const;

 private:
  std::shared_ptr<const SeriesState> state_;
};

}  // namespace fanlight::store

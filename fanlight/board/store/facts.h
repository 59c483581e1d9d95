// What the store tells about runs, tags and itself, apart from the points.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/board/store/ids.h"

namespace fanlight::store {

enum class SessionState : uint8_t { kUnknown, kStarted, kStopped };
enum class RunStatus : uint8_t { kLive, kFinished, kFailed, kStalled };

// A series that holds no points of interest but says something of its run: its metadata is what was logged.
struct RunNote {
  std::string tag;      // The bytes in the log, such as "_hparams_/session_start_info".
  std::string content;  // plugin_data.content.
};

struct RunFacts {
  static constexpr std::string_view kNoteKind = "hparams";  // The kind of series that are notes.

  RunId id;
  std::string name;  // The bytes on disk, relative to the logdir; "." for the logdir itself.
  std::string display_name{};          // UTF-8, unique among the runs.
  std::optional<double> start_s{};     // Wall time of the run's first event.
  std::optional<double> earliest_s{};  // The least wall time of its events.
  std::optional<double> last_wall_time_s{};
  std::optional<int64_t> last_step{};  // Of the last point.
  uint64_t points = 0;
  SessionState session = SessionState::kUnknown;
  double file_version = 0;   // What follows "brain.Event:" in its first file; 0 when it tells none.
  double last_growth_s = 0;  // When its files last grew, by this machine's clock; 0 when not known.
  double flush_interval_s = 0;   // Median time between its flushes; 0 when not known.
  std::vector<RunNote> notes{};  // In the order logged.

  // `live` while the run grew within max(60 s, 10 × its median interval between flushes).
  RunStatus StatusAt(double now_s) const;
};

// The first metadata seen for a series; what comes later is ignored, as TensorBoard does.
struct SeriesMetadata {
  std::string kind;       // The plugin's name: "scalars", "histograms", "images", "audio", "text",
                          // "graphs", …; "tensors" where the log names none.
  std::string content{};  // plugin_data.content, as logged.
  std::string display_name{};  // As logged: empty where the log has none.
  std::string description{};   // As logged (Markdown).
  bool is_old_style = false;  // From simple_value, histo, image or audio rather than from a tensor.
  bool operator==(const SeriesMetadata&) const = default;
};

// A tag: the bytes in the log, and UTF-8 text unique among all tags of the store, by which requests
// name it.
struct TagName {
  std::string bytes;
  std::string text;
};

enum class LoadState : uint8_t {
  kLoading,   // Bytes known are not all read yet.
  kWatching,  // All read; growth is followed.
  kMissing,   // The logdir does not exist or cannot be read now; what was read is kept.
};

struct Damage {
  std::string file;     // Relative to the logdir.
  uint64_t offset = 0;  // Of the first byte lost.
  uint64_t bytes =
      0;  // How many were lost; 0 when nothing was (such as a value of an unknown form).
  std::string message;
};

struct DamageReport {
  static constexpr size_t kMaxItems = 100;
  uint64_t count = 0;
  uint64_t bytes_lost = 0;
  std::vector<Damage> items;  // The newest kMaxItems, newest last.
};

struct LoadProgress {
  LoadState state = LoadState::kLoading;
  uint64_t bytes_read = 0;
  uint64_t bytes_total = 0;
  std::optional<double> seconds_left;
  double started_s = 0;
};

// What there is in a store, without what it is.
struct Overview {
  uint64_t change = 0;  // The number of the commit that it is of.
  // Counted as they come and go.
  uint64_t total_runs = 0;
  uint64_t total_series = 0;
  uint64_t total_points = 0;
  LoadProgress progress;
  std::shared_ptr<const DamageReport> damage;  // Never null.
};

}  // namespace fanlight::store

// Log directories of known content, as large as the ones people have, for benchmarks and for tests that compare every
// point: each value is a function of (seed, run, tag, step, file), so a checker computes it instead of keeping a copy.
//
//   profile              at scale 1                                       written as
//   scalars-wide         100 runs × 50 tags × 1,000 steps                 TF2 tensors, an event each
//   scalars-deep         4 runs × 5 tags × 1,000,000 steps                TF1 simple values, an event a step
//   scalars-deep-torch   2 runs × 10 tags × 500,000 steps                 simple values, an event each
//   mixed                20 runs: scalars, histograms, images, text, graph  TF2
//   many-small           5,000 runs × 5 tags × 100 steps                  TF2
//   many-tags            1,000 runs × 10,000 tags × 3 steps               TF1 simple values, an event a step
//   big-histograms       4 runs × 100 tags × 2,000 steps                  TF2
//   restarts             10 runs × 5 tags, 20 files of 1,000 steps        TF2, each file going back 200 steps
//
// The scale multiplies runs where there are many, else steps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fanlight/base/result.h"

namespace fanlight::bench {

struct LogProfile {
  std::string name;
  uint64_t seed = 1;
  double scale = 1;
  int64_t runs = 0;
  int64_t scalar_tags = 0;
  int64_t scalar_steps = 0;  // In each file.
  int64_t histogram_tags = 0;
  int64_t histogram_steps = 0;
  int64_t image_tags = 0;
  int64_t image_steps = 0;
  int64_t files_per_run = 1;

  // A later file of a run begins so many steps after the one before: the last fifth is logged again.
  int64_t steps_between_files() const { return scalar_steps * 4 / 5; }
};

// Errors: kNotFound, no profile has this name.
Result<LogProfile> FindLogProfile(std::string_view name, double scale, uint64_t seed);

// What was written.
struct LogTotals {
  uint64_t files = 0;
  uint64_t bytes = 0;
  uint64_t events = 0;
  uint64_t points = 0;
};

// Writes the profile below `directory`, on all cores, and DIRECTORY.json beside it: the profile's numbers and the totals.
Result<LogTotals> WriteLogProfile(const LogProfile& profile, const std::string& directory);

// The names and values in it.
std::string RunName(const LogProfile& profile, int64_t run);
std::string ScalarTag(int64_t tag);
std::string HistogramTag(int64_t tag);
std::string ImageTag(int64_t tag);
uint64_t SeriesKey(uint64_t seed, int64_t run, int64_t tag);
float ValueAt(uint64_t series_key, int64_t step);
double WallTimeAt(int64_t run, int64_t step);

// A TF2 scalar event, serialized.
std::string ScalarEvent(double wall_time_s, int64_t step, std::string_view tag, float value);

}  // namespace fanlight::bench

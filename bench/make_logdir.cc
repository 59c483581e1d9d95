// Writes a log directory of scalars for bench/load.py: every value is a function of (run, tag,
// step), so that a reader can be checked without a copy of what was written.
//
//   make-logdir DIR RUNS TAGS STEPS
//
// Prints the number of points.

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "fanlight/base/result.h"
#include "fanlight/events/summary_writer.h"

namespace fanlight {
namespace {

// A curve that falls and wobbles, as losses do. bench/load.py has the same function.
double Value(int64_t run, int64_t tag, int64_t step) {
  const int64_t wobble = (step * 7919 + run * 104729 + tag * 1299709) % 1000;
  return 1.0 / static_cast<double>(1 + step + run) + static_cast<double>(wobble) / 8192.0;
}

Status WriteRun(const std::string& logdir, int64_t run, int64_t tags, int64_t steps) {
  FL_ASSIGN_OR_RETURN(auto writer, SummaryWriter::Create(logdir + "/run" + std::to_string(run),
                                                         {.max_queue_events = 10000}));
  for (int64_t step = 0; step < steps; ++step) {
    for (int64_t tag = 0; tag < tags; ++tag) {
      FL_TRY(writer->Scalar("metric" + std::to_string(tag), Value(run, tag, step), step));
    }
  }
  return writer->Close();
}

}  // namespace
}  // namespace fanlight

int main(int argc, char** argv) {
  int64_t counts[3] = {};
  for (int i = 0; i < 3; ++i) {
    const std::string_view text = argc == 5 ? argv[2 + i] : "";
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), counts[i]);
    if (error != std::errc() || end != text.data() + text.size() || counts[i] < 1) {
      std::fprintf(stderr, "usage: make-logdir DIR RUNS TAGS STEPS\n");
      return 2;
    }
  }
  for (int64_t run = 0; run < counts[0]; ++run) {
    if (auto status = fanlight::WriteRun(argv[1], run, counts[1], counts[2]); !status) {
      std::fprintf(stderr, "make-logdir: %s\n", status.error().message.c_str());
      return 1;
    }
  }
  std::printf("%lld\n", static_cast<long long>(counts[0] * counts[1] * counts[2]));
  return 0;
}

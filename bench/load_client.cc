// From a board's start until every point of a log directory can be read over HTTP, and what it costs:
//
//   load-client MANIFEST COMMAND...       as in: load-client logs.json fanlight --logdir logs --port 0
//
// MANIFEST is what make-logdirs wrote beside the directory. The board is asked for its status every millisecond; it is done
// when it says that all bytes are read and has as many points as were written, and once more when it says that it watches.
// Then, outside of the time, the number of points of every series is compared with the manifest's. Prints one JSON object;
// ends with 1 when a point is missing.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "bench/board_process.h"
#include "fanlight/base/check.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/file.h"

namespace fanlight::bench {
namespace {

namespace json = boost::json;

constexpr char kColumns[] = "application/vnd.fanlight.columns";
constexpr double kLongestS = 120;

int64_t Int(const json::value& object, std::string_view key) {
  return object.at(key).to_number<int64_t>();
}

// A run with images has a graph too, which the manifest does not count among the points.
int64_t PointsOf(const json::value& manifest) {
  const int64_t graphs = Int(manifest, "image_tags") > 0 ? Int(manifest, "runs") : 0;
  return Int(manifest, "points") + graphs;
}

struct Times {
  double first_answer_s = 0;
  double first_data_s = 0;
  double all_s = 0;       // Every point can be read.
  double watching_s = 0;  // And the board knows that there is nothing else.
  int64_t points = 0;
  int64_t series = 0;
};

Times Watch(Connection& connection, const BoardProcess& board, int64_t bytes, int64_t points) {
  Times times;
  for (;;) {
    const json::value status = json::parse(connection.Get("/api/v1/status"));
    const double now_s = SecondsSince(board.started());
    if (times.first_answer_s == 0) times.first_answer_s = now_s;
    times.points = Int(status, "points");
    times.series = Int(status, "series");
    if (times.first_data_s == 0 && times.points > 0) times.first_data_s = now_s;
    const bool is_all = Int(status, "bytes_read") == bytes && times.points == points;
    if (times.all_s == 0 && is_all) times.all_s = now_s;
    if (is_all && status.at("state") == "watching") {
      times.watching_s = now_s;
      return times;
    }
    FL_CHECK(now_s < kLongestS, "the log is read in time: " + json::serialize(status));
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// How many points the board has of each of `runs`' series of this tag, superseded ones too or not.
std::vector<uint64_t> PointCounts(Connection& connection, const std::vector<int64_t>& runs,
                                  const std::string& tag, const std::string& generations) {
  std::vector<uint64_t> counts;
  constexpr size_t kAtOnce = 1000;
  for (size_t begin = 0; begin < runs.size(); begin += kAtOnce) {
    const size_t end = std::min(runs.size(), begin + kAtOnce);
    std::string request = R"({"series":[)";
    for (size_t i = begin; i < end; ++i) {
      request += fmt::format(R"({}{{"run":{},"tag":"{}"}})", i > begin ? "," : "", runs[i], tag);
    }
    request += fmt::format(R"(],"width":1,"generations":"{}"}})", generations);
    const std::string_view answer = connection.Post("/api/v1/columns", request, kColumns);
    FL_CHECK(LoadLittleEndian<uint32_t>(answer.data() + 4) == end - begin, "a series each");
    for (size_t i = 0; i < end - begin; ++i) {
      counts.push_back(LoadLittleEndian<uint64_t>(answer.data() + 16 + 32 * i + 8));
    }
  }
  return counts;
}

// Compares the number of points of every series with what was written; says what is wrong.
std::vector<std::string> Verify(Connection& connection, const json::value& manifest) {
  std::vector<std::string> wrong;
  const int64_t runs = Int(manifest, "runs");
  const int64_t files = Int(manifest, "files_per_run");
  const int64_t steps = Int(manifest, "scalar_steps");
  const int64_t image_points = Int(manifest, "image_tags") * Int(manifest, "image_steps");
  // Images, the text beside them, and a graph.
  const int64_t other_points =
      image_points > 0 ? image_points + Int(manifest, "image_steps") + 1 : 0;
  const auto expect = [&](const std::string& what, int64_t got, int64_t want) {
    if (got != want) wrong.push_back(fmt::format("{}: got {}, want {}", what, got, want));
  };

  const json::value run_list = json::parse(connection.Get("/api/v1/runs"));
  std::vector<int64_t> ids;
  std::map<int64_t, int64_t> points_of_run;
  for (const json::value& run : run_list.at("runs").as_array()) {
    ids.push_back(Int(run, "id"));
    points_of_run[ids.back()] = Int(run, "points");
  }
  expect("runs", static_cast<int64_t>(ids.size()), runs);

  std::map<int64_t, int64_t> other_of_run = points_of_run;
  for (int64_t tag = 0; tag < Int(manifest, "scalar_tags"); ++tag) {
    const std::string name = fmt::format("train/metric_{:03}", tag);
    const auto all = PointCounts(connection, ids, name, "all");
    const auto current = PointCounts(connection, ids, name, "current");
    for (size_t i = 0; i < ids.size(); ++i) {
      const std::string what = fmt::format("points of {} in run {}", name, ids[i]);
      expect(what, static_cast<int64_t>(all[i]), steps * files);
      expect("current " + what, static_cast<int64_t>(current[i]),
             steps * 4 / 5 * (files - 1) + steps);
      other_of_run[ids[i]] -= static_cast<int64_t>(all[i]);
    }
  }
  for (int64_t tag = 0; tag < Int(manifest, "histogram_tags"); ++tag) {
    const std::string name = fmt::format("layer_{:03}/weights", tag);
    for (const int64_t run : ids) {
      const std::string request =
          fmt::format(R"({{"series":[{{"run":{},"tag":"{}"}}],"steps":1,"bins":0}})", run, name);
      const json::value answer =
          json::parse(connection.Post("/api/v1/histograms", request, "application/json"));
      const int64_t total = Int(answer.at("series").at(0), "total");
      expect(fmt::format("points of {} in run {}", name, run), total,
             Int(manifest, "histogram_steps"));
      other_of_run[run] -= total;
    }
  }
  for (const auto& [run, points] : other_of_run) {
    expect(fmt::format("images, texts and graphs of run {}", run), points, other_points);
  }
  return wrong;
}

int Main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: load-client MANIFEST COMMAND...\n");
    return 2;
  }
  const auto text = ReadWholeFile(argv[1]);
  FL_CHECK(text, "the manifest can be read");
  const json::value manifest = json::parse(*text);

  const BoardProcess board(std::vector<std::string>(argv + 2, argv + argc));
  Connection connection(board.port());
  const Times times = Watch(connection, board, Int(manifest, "bytes"), PointsOf(manifest));
  const double cpu_s = board.CpuSeconds();
  const Memory memory = board.MemoryNow();
  const std::vector<std::string> wrong = Verify(connection, manifest);
  fmt::print(
      "{{\"first_answer_s\": {:.4f}, \"first_data_s\": {:.4f}, \"all_s\": {:.4f}, \"cpu_s\": "
      "{:.2f}, \"watching_s\": {:.4f}, \"peak_mb\": {:.1f}, \"resident_mb\": {:.1f}, \"heap_mb\": "
      "{:.1f}, \"points\": {}, "
      "\"series\": {}, \"wrong\": {}}}\n",
      times.first_answer_s, times.first_data_s, times.all_s, cpu_s, times.watching_s,
      memory.peak_mb, memory.resident_mb, memory.heap_mb, times.points, times.series, wrong.size());
  for (size_t i = 0; i < std::min<size_t>(wrong.size(), 10); ++i) {
    std::fprintf(stderr, "%s\n", wrong[i].c_str());
  }
  return wrong.empty() ? 0 : 1;
}

}  // namespace
}  // namespace fanlight::bench

int main(int argc, char** argv) { return fanlight::bench::Main(argc, argv); }

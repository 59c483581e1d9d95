// How long it takes until every point of a log directory can be read, and what it costs:
//
//   ingest-bench LOGDIR... [--threads N] [--repeat N] [--query] [--no-crc] [--index DIR]
//
// Prints one JSON object a line: seconds until the first data and until all, points, bytes, resident memory (heap and
// mapped apart), and with --query the microseconds a window of 400 pixels of the longest series takes. --no-crc: payload checksums are not
// verified, to see what that costs. --index: with the index there, so that what comes after the first is a second start.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "fanlight/board/ingest/local_source.h"
#include "fanlight/board/ingest/log_ingest.h"

namespace {

using namespace std::chrono_literals;
using fanlight::store::LoadState;
using fanlight::store::Snapshot;

double NowS() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// "RssAnon" and the like of /proc/self/status, in MB.
double StatusMb(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":")) return std::stod(line.substr(key.size() + 1)) / 1024;
  }
  return 0;
}

double CpuS() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void MeasureQueries(const Snapshot& now) {
  std::optional<fanlight::store::SeriesView> longest;
  for (const auto* run : now.Runs()) {
    for (const auto& series : now.Series(run->id, "scalars")) {
      if (!longest || series.points() > longest->points()) longest = series;
    }
  }
  if (!longest) return;
  const auto all = longest->Window({.width = 1});
  const auto first = static_cast<double>(all.steps.front());
  const auto span = static_cast<double>(all.steps.back()) - first;
  for (const double share : {1.0, 0.1, 0.01, 0.0005}) {
    std::vector<double> times;
    size_t rows = 0;
    for (int i = 0; i < 50; ++i) {
      const double from = first + span * (1 - share) * i / 50;
      const double began = NowS();
      rows = longest->Window({.from = from, .to = from + span * share, .width = 400}).steps.size();
      times.push_back(NowS() - began);
    }
    std::sort(times.begin(), times.end());
    std::printf(
        "{\"query\": \"400 px of %.4f of %llu points\", \"rows\": %zu, \"p50_us\": %.0f, "
        "\"p99_us\": %.0f}\n",
        share, static_cast<unsigned long long>(longest->points()), rows, times[25] * 1e6,
        times.back() * 1e6);
  }
  const double began = NowS();
  longest->Window({.width = 400, .smoothing = fanlight::store::Smoothing::Ema(0.6)});
  std::printf("{\"query\": \"400 px, smoothed\", \"us\": %.0f}\n", (NowS() - began) * 1e6);
}

void Load(const std::string& logdir, unsigned threads, bool with_queries, bool verify_crc,
          const std::string& index) {
  const double began = NowS();
  const double cpu = CpuS();
  auto store = fanlight::store::Store::Create({.index_directory = index, .index_subject = logdir});
  fanlight::ingest::LocalLogSource source({fanlight::ingest::RootOfLogdir(logdir)}, {});
  fanlight::ingest::LogIngest ingest(source, **store,
                                     {.threads = threads, .verify_payload_crc = verify_crc});
  ingest.Start();
  double first_s = 0;
  for (uint64_t change = 0; first_s == 0;) {
    change = (*store)->WaitForChange(change, {}, 1s);
    if ((*store)->TakeSnapshot().total_points() > 0) first_s = NowS() - began;
  }
  ingest.WaitUntilLoaded(600s);
  const double all_s = NowS() - began;
  const Snapshot now = (*store)->TakeSnapshot();
  std::printf(
      "{\"logdir\": \"%s\", \"first_s\": %.3f, \"all_s\": %.3f, \"cpu_s\": %.3f, \"runs\": %zu, "
      "\"series\": %llu, \"points\": %llu, \"bytes\": %llu, \"gb_per_s\": %.2f, \"damage\": %llu, "
      "\"peak_mb\": %.0f, \"rss_anon_mb\": %.0f, \"rss_file_mb\": %.0f, \"block_mb\": %.1f}\n",
      logdir.c_str(), first_s, all_s, CpuS() - cpu, now.Runs().size(),
      static_cast<unsigned long long>(now.total_series()),
      static_cast<unsigned long long>(now.total_points()),
      static_cast<unsigned long long>(now.progress().bytes_read),
      static_cast<double>(now.progress().bytes_read) / all_s / 1e9,
      static_cast<unsigned long long>(now.damage().count), StatusMb("VmHWM"), StatusMb("RssAnon"),
      StatusMb("RssFile"), static_cast<double>((*store)->block_bytes()) / 1e6);
  std::fflush(stdout);
  if (with_queries) MeasureQueries(now);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> logdirs;
  unsigned threads = 0;
  int repeat = 1;
  bool with_queries = false;
  bool verify_crc = true;
  std::string index;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--threads" && i + 1 < argc) {
      threads = static_cast<unsigned>(std::stoul(argv[++i]));
    } else if (word == "--repeat" && i + 1 < argc) {
      repeat = std::stoi(argv[++i]);
    } else if (word == "--query") {
      with_queries = true;
    } else if (word == "--index" && i + 1 < argc) {
      index = argv[++i];
    } else if (word == "--no-crc") {
      verify_crc = false;
    } else {
      logdirs.push_back(word);
    }
  }
  for (const std::string& logdir : logdirs) {
    for (int i = 0; i < repeat; ++i)
      Load(logdir, threads, with_queries && i + 1 == repeat, verify_crc, index);
  }
}

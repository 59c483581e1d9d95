#include "bench/log_profile.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <mutex>
#include <protozero/pbf_writer.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "fanlight/base/file.h"
#include "fanlight/events/bytes.h"
#include "fanlight/events/record_writer.h"

namespace fanlight::bench {
namespace {

using protozero::pbf_writer;

// Series of the other kinds are numbered from here on, so that no two share a key.
constexpr int64_t kFirstHistogramKey = 1000;
constexpr int64_t kFirstImageKey = 2000;
constexpr size_t kFlushBytes = size_t{1} << 20;
constexpr double kRestartPauseS = 1.0e4;

uint64_t Mix(uint64_t z) {
  z += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::string BytesOf(const void* data, size_t bytes) {
  return {static_cast<const char*>(data), bytes};
}

// SummaryMetadata of a plugin without content.
std::string PluginMetadata(std::string_view plugin) {
  std::string data;
  pbf_writer(data).add_string(1, plugin.data(), plugin.size());
  std::string metadata;
  pbf_writer(metadata).add_message(1, data);
  return metadata;
}

std::string SummaryOf(std::string_view tag, const std::string& tensor, std::string_view plugin) {
  std::string value;
  pbf_writer writer(value);
  writer.add_string(1, tag.data(), tag.size());
  writer.add_message(8, tensor);
  writer.add_message(9, PluginMetadata(plugin));
  std::string summary;
  pbf_writer(summary).add_message(1, value);
  return summary;
}

std::string ScalarSummary(std::string_view tag, float value) {
  std::string tensor;
  pbf_writer writer(tensor);
  writer.add_enum(1, 1);  // DT_FLOAT
  writer.add_message(2, std::string());
  writer.add_bytes(4, BytesOf(&value, sizeof(value)));
  return SummaryOf(tag, tensor, "scalars");
}

// 30 buckets around zero; the count of one is as random as a scalar's value.
std::string HistogramSummary(std::string_view tag, uint64_t key, int64_t step) {
  constexpr int kBuckets = 30;
  std::array<double, size_t{3} * kBuckets> rows;
  const double low = -3.0f - ValueAt(key, step);
  const double width = -2 * low / kBuckets;
  for (int bucket = 0; bucket < kBuckets; ++bucket) {
    double* row = &rows[static_cast<size_t>(bucket) * 3];
    row[0] = low + bucket * width;
    row[1] = low + (bucket + 1) * width;
    row[2] = std::floor(ValueAt(key ^ (static_cast<uint64_t>(bucket + 1) << 48), step) * 1000.0f);
  }
  std::string tensor;
  pbf_writer writer(tensor);
  writer.add_enum(1, 2);                                                   // DT_DOUBLE
  writer.add_message(2, std::string("\x12\x02\x08\x1e\x12\x02\x08\x03"));  // [30, 3]
  writer.add_bytes(4, BytesOf(rows.data(), sizeof(rows)));
  return SummaryOf(tag, tensor, "histograms");
}

std::string StringsSummary(std::string_view tag, const std::string& shape,
                           const std::vector<std::string>& strings, std::string_view plugin) {
  std::string tensor;
  pbf_writer writer(tensor);
  writer.add_enum(1, 7);  // DT_STRING
  writer.add_message(2, shape);
  for (const std::string& text : strings) writer.add_bytes(8, text);
  return SummaryOf(tag, tensor, plugin);
}

void AppendBigEndian(std::string& out, uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

uint32_t PngCrc(std::string_view bytes) {
  static const auto kTable = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t n = 0; n < 256; ++n) {
      uint32_t c = n;
      for (int k = 0; k < 8; ++k) c = (c & 1) != 0 ? 0xedb88320u ^ (c >> 1) : c >> 1;
      table[n] = c;
    }
    return table;
  }();
  uint32_t crc = ~0u;
  for (const char byte : bytes) {
    crc = kTable[(crc ^ static_cast<unsigned char>(byte)) & 255] ^ (crc >> 8);
  }
  return ~crc;
}

void AppendChunk(std::string& png, std::string_view type, std::string_view data) {
  AppendBigEndian(png, static_cast<uint32_t>(data.size()));
  const std::string body = std::string(type) + std::string(data);
  png += body;
  AppendBigEndian(png, PngCrc(body));
}

// A picture of noise, 64 × 64 RGB, its rows in one stored deflate block.
std::string NoisePng(uint64_t key, int64_t step) {
  constexpr int kSide = 64;
  std::string rows;
  uint64_t noise = 0;
  for (int y = 0; y < kSide; ++y) {
    rows.push_back(0);
    for (int x = 0; x < kSide * 3; ++x) {
      if (x % 8 == 0) {
        noise = Mix(key ^ static_cast<uint64_t>(step) ^ (static_cast<uint64_t>(y) << 40) ^
                    (static_cast<uint64_t>(x) << 52));
      }
      rows.push_back(static_cast<char>(noise >> (x % 8 * 8)));
    }
  }
  uint32_t a = 1;
  uint32_t b = 0;
  for (const char byte : rows) {
    a = (a + static_cast<unsigned char>(byte)) % 65521;
    b = (b + a) % 65521;
  }
  const auto size = static_cast<uint16_t>(rows.size());
  std::string deflated("\x78\x01\x01", 3);
  for (const uint16_t half : {size, static_cast<uint16_t>(~size)}) {
    deflated.push_back(static_cast<char>(half));
    deflated.push_back(static_cast<char>(half >> 8));
  }
  deflated += rows;
  AppendBigEndian(deflated, b << 16 | a);
  std::string header;
  AppendBigEndian(header, kSide);
  AppendBigEndian(header, kSide);
  header += std::string("\x08\x02\0\0\0", 5);
  std::string png("\x89PNG\r\n\x1a\n", 8);
  AppendChunk(png, "IHDR", header);
  AppendChunk(png, "IDAT", deflated);
  AppendChunk(png, "IEND", "");
  return png;
}

// A GraphDef of nodes in nested scopes, each fed by earlier ones.
std::string SomeGraph(int nodes) {
  const auto name = [](int i) {
    return fmt::format("model/block_{}/layer_{}/op_{}", i / 200, i / 20 % 10, i);
  };
  std::string graph;
  for (int i = 0; i < nodes; ++i) {
    std::string type;
    pbf_writer(type).add_enum(6, 1);
    std::string attribute;
    pbf_writer entry(attribute);
    entry.add_string(1, "T");
    entry.add_message(2, type);
    std::string node;
    pbf_writer writer(node);
    writer.add_string(1, name(i));
    writer.add_string(2, i < 20 ? "Placeholder" : i % 3 != 0 ? "MatMul" : "Relu");
    if (i >= 20) {
      writer.add_string(3, name(i - 20));
      if (i % 3 != 0) writer.add_string(3, name(i - 7));
    }
    writer.add_message(5, attribute);
    pbf_writer(graph).add_message(1, node);
  }
  return graph;
}

std::string EventOf(double wall_time_s, int64_t step, protozero::pbf_tag_type field,
                    const std::string& content) {
  std::string event;
  pbf_writer writer(event);
  writer.add_double(1, wall_time_s);
  if (step != 0) writer.add_int64(2, step);
  writer.add_message(field, content);
  return event;
}

std::string SummaryEvent(double wall_time_s, int64_t step, const std::string& summary) {
  return EventOf(wall_time_s, step, 5, summary);
}

class EventFile {
 public:
  // Errors: of the file system.
  static Result<EventFile> Create(const std::string& directory, int64_t run, int64_t file,
                                  bool is_version_2, double wall_time_s) {
    FL_TRY(MakeDirectories(directory));
    const std::string name =
        fmt::format("events.out.tfevents.{:010}.bench.{}.{}{}", 1700000000 + run * 16 + file,
                    1000 + run, file, is_version_2 ? ".v2" : "");
    FL_ASSIGN_OR_RETURN(File opened, File::CreateOrTruncate(JoinPath(directory, name)));
    EventFile made(std::move(opened));
    std::string event;
    pbf_writer writer(event);
    writer.add_double(1, wall_time_s);
    writer.add_string(3, "brain.Event:2");
    if (is_version_2) {
      std::string source;
      pbf_writer(source).add_string(1, "tensorflow.core.util.events_writer");
      writer.add_message(10, source);
    }
    FL_TRY(made.Add(event, 0));
    return made;
  }

  Status Add(const std::string& event, uint64_t points) {
    AppendRecord(pending_, AsBytes(event));
    ++totals_.events;
    totals_.points += points;
    return pending_.size() >= kFlushBytes ? Flush() : Status();
  }
  Result<LogTotals> Close() {
    FL_TRY(Flush());
    totals_.files = 1;
    return totals_;
  }

 private:
  explicit EventFile(File file) : file_(std::move(file)) {}
  Status Flush() {
    FL_TRY(file_.Write(pending_));
    totals_.bytes += pending_.size();
    pending_.clear();
    return {};
  }

  File file_;
  std::string pending_;
  LogTotals totals_;
};

void Add(LogTotals& all, const LogTotals& one) {
  all.files += one.files;
  all.bytes += one.bytes;
  all.events += one.events;
  all.points += one.points;
}

// Simple values: all tags of a step in one event, or an event for each.
Result<LogTotals> WriteSimpleValues(const LogProfile& profile, const std::string& directory,
                                    int64_t run, bool is_event_each) {
  FL_ASSIGN_OR_RETURN(EventFile file,
                      EventFile::Create(directory, run, 0, false, WallTimeAt(run, 0)));
  for (int64_t step = 0; step < profile.scalar_steps; ++step) {
    std::string summary;
    for (int64_t tag = 0; tag < profile.scalar_tags; ++tag) {
      std::string value;
      pbf_writer writer(value);
      writer.add_string(1, ScalarTag(tag));
      writer.add_float(2, ValueAt(SeriesKey(profile.seed, run, tag), step));
      pbf_writer(summary).add_message(1, value);
      if (!is_event_each) continue;
      FL_TRY(file.Add(SummaryEvent(WallTimeAt(run, step), step, summary), 1));
      summary.clear();
    }
    if (is_event_each) continue;
    FL_TRY(file.Add(SummaryEvent(WallTimeAt(run, step), step, summary),
                    static_cast<uint64_t>(profile.scalar_tags)));
  }
  return file.Close();
}

Result<LogTotals> WriteHistograms(const LogProfile& profile, const std::string& directory,
                                  int64_t run) {
  FL_ASSIGN_OR_RETURN(EventFile file,
                      EventFile::Create(directory, run, 0, true, WallTimeAt(run, 0)));
  for (int64_t step = 0; step < profile.histogram_steps; ++step) {
    for (int64_t tag = 0; tag < profile.histogram_tags; ++tag) {
      const uint64_t key = SeriesKey(profile.seed, run, kFirstHistogramKey + tag);
      FL_TRY(file.Add(
          SummaryEvent(WallTimeAt(run, step), step, HistogramSummary(HistogramTag(tag), key, step)),
          1));
    }
  }
  return file.Close();
}

// Each file but the first begins with a SessionLog START and repeats the last fifth of the one before.
Result<LogTotals> WriteRestarts(const LogProfile& profile, const std::string& directory,
                                int64_t run) {
  LogTotals totals;
  for (int64_t number = 0; number < profile.files_per_run; ++number) {
    const int64_t from = number * profile.steps_between_files();
    const double later_s = static_cast<double>(number) * kRestartPauseS;
    FL_ASSIGN_OR_RETURN(EventFile file, EventFile::Create(directory, run, number, false,
                                                          WallTimeAt(run, from) + later_s));
    std::string start;
    pbf_writer(start).add_enum(1, 1);
    FL_TRY(file.Add(EventOf(WallTimeAt(run, from) + later_s, from, 7, start), 0));
    for (int64_t step = from; step < from + profile.scalar_steps; ++step) {
      for (int64_t tag = 0; tag < profile.scalar_tags; ++tag) {
        const uint64_t key =
            SeriesKey(profile.seed, run, tag) ^ (static_cast<uint64_t>(number) << 48);
        FL_TRY(file.Add(
            ScalarEvent(WallTimeAt(run, step) + later_s, step, ScalarTag(tag), ValueAt(key, step)),
            1));
      }
    }
    FL_ASSIGN_OR_RETURN(const LogTotals written, file.Close());
    Add(totals, written);
  }
  return totals;
}

Result<LogTotals> WriteMixed(const LogProfile& profile, const std::string& directory, int64_t run) {
  FL_ASSIGN_OR_RETURN(EventFile file,
                      EventFile::Create(directory, run, 0, true, WallTimeAt(run, 0)));
  if (profile.image_tags > 0) {
    std::string event;
    pbf_writer writer(event);
    writer.add_double(1, WallTimeAt(run, 0));
    writer.add_message(4, SomeGraph(2000));
    FL_TRY(file.Add(event, 0));
  }
  const auto is_due = [&](int64_t step, int64_t tags, int64_t steps) {
    return tags > 0 && step % (profile.scalar_steps / steps) == 0;
  };
  for (int64_t step = 0; step < profile.scalar_steps; ++step) {
    const double wall_time_s = WallTimeAt(run, step);
    if (is_due(step, profile.histogram_tags, profile.histogram_steps)) {
      for (int64_t tag = 0; tag < profile.histogram_tags; ++tag) {
        const uint64_t key = SeriesKey(profile.seed, run, kFirstHistogramKey + tag);
        FL_TRY(file.Add(
            SummaryEvent(wall_time_s, step, HistogramSummary(HistogramTag(tag), key, step)), 1));
      }
    }
    if (is_due(step, profile.image_tags, profile.image_steps)) {
      for (int64_t tag = 0; tag < profile.image_tags; ++tag) {
        const uint64_t key = SeriesKey(profile.seed, run, kFirstImageKey + tag);
        const std::string summary = StringsSummary(ImageTag(tag), std::string("\x12\x02\x08\x03"),
                                                   {"64", "64", NoisePng(key, step)}, "images");
        FL_TRY(file.Add(SummaryEvent(wall_time_s, step, summary), 1));
      }
      const std::string text = fmt::format(
          "# run {} step {}\n\n| a | b |\n|---|---|\n| **{}** | `{}` |\n", run, step, step, run);
      FL_TRY(file.Add(
          SummaryEvent(wall_time_s, step, StringsSummary("notes/text", "", {text}, "text")), 1));
    }
    for (int64_t tag = 0; tag < profile.scalar_tags; ++tag) {
      FL_TRY(file.Add(ScalarEvent(wall_time_s, step, ScalarTag(tag),
                                  ValueAt(SeriesKey(profile.seed, run, tag), step)),
                      1));
    }
  }
  return file.Close();
}

Result<LogTotals> WriteRun(const LogProfile& profile, const std::string& logdir, int64_t run) {
  const std::string directory = JoinPath(logdir, RunName(profile, run));
  if (profile.name == "scalars-deep" || profile.name == "many-tags") {
    return WriteSimpleValues(profile, directory, run, false);
  }
  if (profile.name == "scalars-deep-torch") return WriteSimpleValues(profile, directory, run, true);
  if (profile.name == "big-histograms") return WriteHistograms(profile, directory, run);
  if (profile.name == "restarts") return WriteRestarts(profile, directory, run);
  return WriteMixed(profile, directory, run);
}

std::string Manifest(const LogProfile& profile, const LogTotals& totals) {
  return fmt::format(
      "{{\"profile\": \"{}\", \"seed\": {}, \"scale\": {}, \"runs\": {}, \"scalar_tags\": {}, "
      "\"scalar_steps\": {}, \"histogram_tags\": {}, \"histogram_steps\": {}, \"image_tags\": {}, "
      "\"image_steps\": {}, \"files_per_run\": {}, \"files\": {}, \"bytes\": {}, \"events\": {}, "
      "\"points\": {}}}\n",
      profile.name, profile.seed, profile.scale, profile.runs, profile.scalar_tags,
      profile.scalar_steps, profile.histogram_tags, profile.histogram_steps, profile.image_tags,
      profile.image_steps, profile.files_per_run, totals.files, totals.bytes, totals.events,
      totals.points);
}

}  // namespace

Result<LogProfile> FindLogProfile(std::string_view name, double scale, uint64_t seed) {
  const auto scaled = [scale](int64_t count) {
    return std::max<int64_t>(1, std::llround(static_cast<double>(count) * scale));
  };
  LogProfile profile{.name = std::string(name), .seed = seed, .scale = scale};
  if (name == "scalars-wide") {
    profile.runs = scaled(100);
    profile.scalar_tags = 50;
    profile.scalar_steps = 1000;
  } else if (name == "scalars-deep") {
    profile.runs = 4;
    profile.scalar_tags = 5;
    profile.scalar_steps = scaled(1'000'000);
  } else if (name == "scalars-deep-torch") {
    profile.runs = 2;
    profile.scalar_tags = 10;
    profile.scalar_steps = scaled(500'000);
  } else if (name == "mixed") {
    profile.runs = scaled(20);
    profile.scalar_tags = 20;
    profile.scalar_steps = 2000;
    profile.histogram_tags = 30;
    profile.histogram_steps = 200;
    profile.image_tags = 10;
    profile.image_steps = 50;
  } else if (name == "many-small") {
    profile.runs = scaled(5000);
    profile.scalar_tags = 5;
    profile.scalar_steps = 100;
  } else if (name == "many-tags") {
    profile.runs = scaled(1000);
    profile.scalar_tags = 10'000;
    profile.scalar_steps = 3;
  } else if (name == "big-histograms") {
    profile.runs = 4;
    profile.histogram_tags = 100;
    profile.histogram_steps = scaled(2000);
  } else if (name == "restarts") {
    profile.runs = scaled(10);
    profile.scalar_tags = 5;
    profile.scalar_steps = 1000;
    profile.files_per_run = 20;
  } else {
    return Fail(ErrorCode::kNotFound,
                "no profile \"{}\"; there are scalars-wide, scalars-deep, scalars-deep-torch, "
                "mixed, many-small, many-tags, big-histograms, restarts",
                name);
  }
  return profile;
}

Result<LogTotals> WriteLogProfile(const LogProfile& profile, const std::string& directory) {
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  LogTotals totals;
  Status status;
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) {
      threads.emplace_back([&] {
        for (int64_t run = next++; run < profile.runs; run = next++) {
          const Result<LogTotals> written = WriteRun(profile, directory, run);
          const std::lock_guard lock(mutex);
          if (written) {
            Add(totals, *written);
          } else if (status) {
            status = tl::unexpected(written.error());
          }
        }
      });
    }
  }
  FL_TRY(status);
  FL_TRY(WriteFileAtomically(directory + ".json", Manifest(profile, totals)));
  return totals;
}

std::string RunName(const LogProfile& profile, int64_t run) {
  if (profile.name == "many-small") return fmt::format("group_{:02}/run_{:04}", run / 100, run);
  return fmt::format("run_{:03}", run);
}
std::string ScalarTag(int64_t tag) { return fmt::format("train/metric_{:03}", tag); }
std::string HistogramTag(int64_t tag) { return fmt::format("layer_{:03}/weights", tag); }
std::string ImageTag(int64_t tag) { return fmt::format("samples/image_{:02}", tag); }

uint64_t SeriesKey(uint64_t seed, int64_t run, int64_t tag) {
  return Mix(Mix(seed ^ Mix(static_cast<uint64_t>(run))) ^ static_cast<uint64_t>(tag));
}

float ValueAt(uint64_t series_key, int64_t step) {
  // 24 bits: exact in a float.
  return static_cast<float>(Mix(series_key ^ static_cast<uint64_t>(step)) >> 40) *
         (1.0f / 16777216.0f);
}

double WallTimeAt(int64_t run, int64_t step) {
  // As clocks give them: a quarter of a second a step, and up to as much of jitter, on the grid of doubles near 1.7e9.
  const uint64_t jitter = Mix(Mix(static_cast<uint64_t>(run)) ^ static_cast<uint64_t>(step)) >> 44;
  return 1.7e9 + static_cast<double>(run) * 16.0 + static_cast<double>(step) * 0.25 +
         static_cast<double>(jitter) * (1.0 / 4194304.0);
}

std::string ScalarEvent(double wall_time_s, int64_t step, std::string_view tag, float value) {
  return SummaryEvent(wall_time_s, step, ScalarSummary(tag, value));
}

}  // namespace fanlight::bench

#include "fanlight/engine/checkpoint/inspect.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/checkpoint_state.h"
#include "fanlight/engine/checkpoint/table_reader.h"

namespace fanlight::checkpoint {
namespace {

// Mean and spread by Welford's update, which stays exact where sums of squares would not.
struct Moments {
  Statistics statistics;
  double squares = 0;

  void Add(double value) {
    if (std::isnan(value)) {
      ++statistics.nans;
      return;
    }
    if (std::isinf(value)) {
      ++statistics.infinities;
      return;
    }
    statistics.zeros += value == 0 ? 1 : 0;
    statistics.min = statistics.finite == 0 ? value : std::min(statistics.min, value);
    statistics.max = statistics.finite == 0 ? value : std::max(statistics.max, value);
    ++statistics.finite;
    const double delta = value - statistics.mean;
    statistics.mean += delta / static_cast<double>(statistics.finite);
    squares += delta * (value - statistics.mean);
  }
  Statistics Finish() {
    if (statistics.finite > 0) {
      statistics.stddev = std::sqrt(squares / static_cast<double>(statistics.finite));
    }
    return statistics;
  }
};

uint64_t BytesOf(const BundleReader& reader, const BundleReader::Variable& variable) {
  if (variable.entry.slices.empty()) return variable.entry.size;
  uint64_t bytes = 0;
  for (const TensorSlice& slice : variable.entry.slices) {
    if (const BundleEntry* entry = reader.FindSlice(variable.name, slice)) bytes += entry->size;
  }
  return bytes;
}

std::string FormatStatistics(const Statistics& statistics) {
  std::string text =
      fmt::format("min {:.6g}  max {:.6g}  mean {:.6g}  stddev {:.6g}", statistics.min,
                  statistics.max, statistics.mean, statistics.stddev);
  if (statistics.finite == 0) text = "no finite elements";
  if (statistics.zeros > 0) text += fmt::format("  zeros {}", statistics.zeros);
  if (statistics.nans > 0) text += fmt::format("  NaN {}", statistics.nans);
  if (statistics.infinities > 0) text += fmt::format("  infinite {}", statistics.infinities);
  return text;
}

}  // namespace

uint64_t CheckpointReport::total_bytes() const {
  uint64_t total = 0;
  for (const InspectedVariable& variable : variables) total += variable.bytes;
  return total;
}

size_t CheckpointReport::num_damaged() const {
  return static_cast<size_t>(std::ranges::count_if(
      variables, [](const InspectedVariable& variable) { return variable.damage.has_value(); }));
}

std::optional<Statistics> StatisticsOf(const Tensor& tensor) {
  Moments moments;
  const bool known = VisitDTypeAmong<float, double, int8_t, int16_t, int32_t, int64_t, uint8_t,
                                     uint16_t, uint32_t, uint64_t, bool, Float16, BFloat16>(
      tensor.dtype(), [&]<typename T>(TypeTag<T>) {
        for (const T& element : tensor.flat<T>()) {
          if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
            moments.Add(static_cast<double>(static_cast<float>(element)));
          } else {
            moments.Add(static_cast<double>(element));
          }
        }
      });
  if (!known) return std::nullopt;
  return moments.Finish();
}

Result<std::string> ResolvePrefix(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return LatestCheckpoint(path);
  for (const std::string_view suffix : {".index", ".meta"}) {
    if (path.ends_with(suffix)) return path.substr(0, path.size() - suffix.size());
  }
  return path;
}

Result<CheckpointReport> InspectCheckpoint(const std::string& path) {
  CheckpointReport report;
  FL_ASSIGN_OR_RETURN(report.prefix, ResolvePrefix(path));
  FL_ASSIGN_OR_RETURN(const auto reader, BundleReader::Open(report.prefix));
  report.num_shards = reader->header().num_shards;
  report.is_big_endian = reader->header().is_big_endian;
  for (const BundleReader::Variable& variable : reader->variables()) {
    InspectedVariable inspected{.name = variable.name,
                                .dtype = variable.entry.dtype,
                                .shape = variable.entry.shape,
                                .bytes = BytesOf(*reader, variable),
                                .slices = variable.entry.slices.size()};
    const Result<Tensor> tensor = reader->Read(variable.name);
    if (tensor) {
      inspected.statistics = StatisticsOf(*tensor);
    } else {
      inspected.damage = tensor.error();
    }
    report.variables.push_back(std::move(inspected));
  }
  return report;
}

std::string FormatReport(const CheckpointReport& report) {
  std::string text =
      fmt::format("{}: {} variables, {}, {} shard{}{}\n", report.prefix, report.variables.size(),
                  HumanBytes(report.total_bytes()), report.num_shards,
                  report.num_shards == 1 ? "" : "s", report.is_big_endian ? ", big-endian" : "");
  size_t name_width = 0;
  size_t type_width = 0;
  const auto type_of = [](const InspectedVariable& variable) {
    return fmt::format("{}{}", DTypeName(variable.dtype), ToString(variable.shape));
  };
  for (const InspectedVariable& variable : report.variables) {
    name_width = std::max(name_width, variable.name.size());
    type_width = std::max(type_width, type_of(variable).size());
  }
  for (const InspectedVariable& variable : report.variables) {
    std::string line = fmt::format("{:<{}}  {:<{}}  {:>10}", variable.name, name_width,
                                   type_of(variable), type_width, HumanBytes(variable.bytes));
    if (variable.slices > 0) line += fmt::format("  in {} slices", variable.slices);
    if (variable.statistics) line += "  " + FormatStatistics(*variable.statistics);
    if (variable.damage) line += "  DAMAGED: " + variable.damage->message;
    text += line + "\n";
  }
  if (report.num_damaged() > 0) {
    text += fmt::format("{} of {} variables are damaged\n", report.num_damaged(),
                        report.variables.size());
  }
  return text;
}

Result<std::string> FormatTensor(const std::string& path, const std::string& name,
                                 size_t max_elements) {
  FL_ASSIGN_OR_RETURN(const std::string prefix, ResolvePrefix(path));
  FL_ASSIGN_OR_RETURN(const auto reader, BundleReader::Open(prefix));
  FL_ASSIGN_OR_RETURN(const Tensor tensor, reader->View(name));
  std::string text = fmt::format("{}: {}\n", name, ToString(tensor, max_elements));
  if (const std::optional<Statistics> statistics = StatisticsOf(tensor)) {
    text += FormatStatistics(*statistics) + "\n";
  }
  return text;
}

}  // namespace fanlight::checkpoint

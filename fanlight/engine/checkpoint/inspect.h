// What is in a checkpoint, for people: names, types, shapes, numbers about the values, damage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/engine/tensor/tensor.h"

namespace fanlight::checkpoint {

// Of a tensor's elements; min, max, mean and stddev are of the finite ones.
struct Statistics {
  int64_t finite = 0;
  int64_t zeros = 0;
  int64_t nans = 0;
  int64_t infinities = 0;
  double min = 0;
  double max = 0;
  double mean = 0;
  double stddev = 0;
};

// nullopt for strings and complex numbers, and for types without arithmetic.
std::optional<Statistics> StatisticsOf(const Tensor& tensor);

struct InspectedVariable {
  std::string name;
  DType dtype = DType::kInvalid;
  Shape shape;
  uint64_t bytes = 0;  // In the data files.
  size_t slices = 0;   // 0: stored whole.
  std::optional<Statistics> statistics{};
  std::optional<Error> damage{};
};

struct CheckpointReport {
  std::string prefix;
  int32_t num_shards = 1;
  bool is_big_endian = false;
  std::vector<InspectedVariable> variables;
  uint64_t total_bytes() const;
  size_t num_damaged() const;
};

// The prefix that `path` means: itself, without ".index" or ".meta" at its end; for a directory its
// latest checkpoint.
Result<std::string> ResolvePrefix(const std::string& path);

// Reads every tensor, one after another, and verifies its checksum. What is damaged stands in the
// report; an index that cannot be read is an error.
Result<CheckpointReport> InspectCheckpoint(const std::string& path);

// The report as a table.
std::string FormatReport(const CheckpointReport& report);

// One tensor with its values, at most `max_elements` of them.
// Errors: those of BundleReader::Read().
Result<std::string> FormatTensor(const std::string& path, const std::string& name,
                                 size_t max_elements = 1000);

}  // namespace fanlight::checkpoint

// Points that are not numbers: images, audio, histograms, texts, tensors, graphs. The store keeps
// where each one lies in its event file; the bytes are read, checked and decoded when someone asks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/board/store/ids.h"

namespace fanlight::store {

// One point of a blob series.
struct BlobRef {
  FileId file;  // To readers, as ingest numbers files; to writers, the place among the run's files.
  uint32_t value_index = 0;    // Which value of the event's summary; 0 for graphs and run metadata.
  uint64_t record_offset = 0;  // Where the record's length field begins in the file.
  uint32_t payload_bytes = 0;  // Of the record.
  uint32_t items =
      0;  // Images or clips in this point, without width and height; else elements of the tensor.
  int64_t step = 0;
  double wall_time_s = 0;

  bool operator==(const BlobRef&) const = default;
};

// What any blob is once read, whatever the form in the file. Old forms are brought to the new ones:
//   histograms  float64 [k, 3]: left, right, count; old buckets trimmed of empty ends, outer edges
//   = min and max images      strings [2 + n]: width, height in decimal, then n encoded images
//   audio       strings [n]: encoded clips
//   graphs and run metadata  strings [1]: the serialized message
//   the rest    the tensor as it was logged
struct TensorValue {
  int32_t dtype = 0;  // As DataType in the protocol: 1 float, 2 double, 7 string, 9 int64, ...
  std::vector<int64_t> shape{};
  std::vector<double> numbers{};       // Row-major; empty for strings.
  std::vector<std::string> strings{};  // Elements, where dtype is string (7).
  float sample_rate = 0;               // Audio in the old form; else 0.
  std::string content_type{};          // Audio in the old form, such as "audio/wav"; else empty.
};

struct Bucket {
  double left = 0;
  double right = 0;
  double count = 0;
  bool operator==(const Bucket&) const = default;
};

// The rows of a histogram, empty ones at both ends cut.
// Errors: kInvalidArgument when the tensor is not numeric with 3 columns.
Result<std::vector<Bucket>> ToBuckets(const TensorValue& histogram);

// Fetches blobs from where they lie. Implemented by ingest; thread-safe; does I/O.
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  // Reads the record again, checks it and decodes the value.
  // Errors: kNotFound when the file is gone; kDataLoss when the record is not what it was.
  virtual Result<TensorValue> Read(const BlobRef& ref) const = 0;
};

}  // namespace fanlight::store

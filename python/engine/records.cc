// Files of records, such as event files, read from their beginning.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include "fanlight/base/file.h"
#include "fanlight/events/record_reader.h"
#include "python/engine/errors.h"
#include "python/engine/hooks.h"
#include "python/engine/train.h"

namespace fanlight::python {
namespace {

std::unique_ptr<RecordReader> OpenRecords(const std::string& path) {
  auto source = std::make_unique<FileByteSource>(Unwrap(File::OpenForReading(path)));
  return std::make_unique<RecordReader>(std::move(source), RecordReader::Options());
}

// The payload of the next record; None at the end of the file. A record is cut off, as TensorFlow tells it, when its header
// is there: a writer may be about to write one.
nb::object NextRecord(RecordReader& reader) {
  const auto record = Unwrap(reader.Next());
  if (record) {
    const auto& payload = record->payload;
    return nb::bytes(reinterpret_cast<const char*>(payload.data()), payload.size());
  }
  if (reader.bytes_read() - reader.position() >= kRecordHeaderBytes) {
    Raise(Error{ErrorCode::kDataLoss, fmt::format("truncated record at {} of {}", reader.position(),
                                                  reader.source().name())});
  }
  return nb::none();
}

}  // namespace

void DefineRecords(nb::module_& module) {
  nb::class_<RecordReader>(module, "RecordReader").def("next", NextRecord);
  module.def("open_records", OpenRecords);
}

}  // namespace fanlight::python

// Reads blobs from where they lie in event files.
#pragma once

#include <memory>

#include "fanlight/board/ingest/file_table.h"
#include "fanlight/board/ingest/log_source.h"
#include "fanlight/board/store/blob.h"
#include "fanlight/events/bytes.h"

namespace fanlight::ingest {

// Thread-safe. The source must outlive it.
class BlobFetcher final : public store::BlobReader {
 public:
  BlobFetcher(LogSource& source, std::shared_ptr<const FileTable> files)
      : source_(source), files_(std::move(files)) {}
  Result<store::TensorValue> Read(const store::BlobRef& ref) const override;

 private:
  LogSource& source_;
  const std::shared_ptr<const FileTable> files_;
};

// The blob in an event: of its summary's value number `value_index`, or the graph or run metadata
// it carries, in the forms store::TensorValue tells. Errors: kCorrupt; kNotFound when the event has
// no such value.
Result<store::TensorValue> DecodeBlob(Bytes event, uint32_t value_index);

}  // namespace fanlight::ingest

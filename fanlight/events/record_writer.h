// Writes payloads as the records of a TFRecord file. Layout: docs/formats/tfrecord.md.
#pragma once

#include <string>
#include <utility>

#include "fanlight/base/file.h"
#include "fanlight/base/result.h"
#include "fanlight/events/bytes.h"

namespace fanlight {

// Adds the record of `payload` to `into`.
void AppendRecord(std::string& into, Bytes payload);

// Gathers records and writes them to a file in large pieces. After the first error every call
// returns that error: what was written may end within a record, and more behind it could not be
// read. Not thread-safe. The destructor drops what was not flushed.
class RecordWriter {
 public:
  // `file` is written from where it stands on.
  explicit RecordWriter(File file) : file_(std::move(file)) {}

  // Adds one record; it is in the file after Flush(), or when enough have gathered.
  Status Append(Bytes payload);
  // Adds records that AppendRecord() made.
  Status AppendFramed(Bytes records);
  // Hands everything to the operating system: other processes see it then.
  Status Flush();
  // Flush(), and waits until the bytes are on the device.
  Status Sync();
  Status Close();

  const std::string& path() const { return file_.path(); }

 private:
  File file_;
  std::string pending_;
  Status status_;
};

}  // namespace fanlight

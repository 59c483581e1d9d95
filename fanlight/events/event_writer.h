// Makes an event file and writes events to it.
//
//   FL_ASSIGN_OR_RETURN(auto writer, EventWriter::Create(logdir, {}));
//   FL_TRY(writer->Write(serialized_event));
//   FL_TRY(writer->Flush());
//
// Names and first record: docs/formats/events.md. Not thread-safe; SummaryWriter
// (fanlight/events/summary_writer.h) is what most programs want.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "fanlight/base/clock.h"
#include "fanlight/base/result.h"
#include "fanlight/events/bytes.h"
#include "fanlight/events/record_writer.h"

namespace fanlight {

class EventWriter {
 public:
  struct Options {
    std::string suffix{};          // Stands at the end of the file's name.
    std::string host{};            // In the name; empty: this machine's name.
    const Clock* clock = nullptr;  // Must outlive the writer; nullptr: the machine's clock.
  };

  // Makes `logdir`, if it is missing, and in it a new file
  // `events.out.tfevents.<secs>.<host>.<pid>.<n><suffix>`. n is the first number from 0 that gives
  // a name not in use, so no file is ever written over. The file's first event, its version, can be
  // read by others at once. Errors: from the file system.
  static Result<std::unique_ptr<EventWriter>> Create(const std::string& logdir,
                                                     const Options& options);

  // Adds one serialized Event. Errors: kTooLarge from 2 GiB on, which no reader of protobuf takes;
  // nothing is written then, and later events may be.
  Status Write(Bytes event);
  // Adds events that AppendRecord() framed.
  Status WriteFramed(Bytes records) { return records_.AppendFramed(records); }
  // Hands everything to the operating system: other processes see it then.
  Status Flush() { return records_.Flush(); }
  // Flush(), and waits until the bytes are on the device.
  Status Sync() { return records_.Sync(); }
  Status Close() { return records_.Close(); }

  const std::string& path() const { return records_.path(); }

 private:
  explicit EventWriter(File file) : records_(std::move(file)) {}

  RecordWriter records_;
};

// Whether an Event of so many bytes may be written: kTooLarge if not.
Status CheckEventSize(size_t bytes);

}  // namespace fanlight

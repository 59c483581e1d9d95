// One record of an event file, decoded without copying: views into the payload.
//
//   FL_ASSIGN_OR_RETURN(const EventView event, DecodeEvent(record->payload));
//   if (event.kind == EventKind::kSummary) {
//     SummaryReader values(event.payload);  // fanlight/events/summary.h
//     ...
//
// The rules are proto3's: unknown fields are skipped, of a field given twice the last one holds.
// One rule is simpler than protobuf's: a message given twice is not merged, its last form holds.
// Layout: docs/formats/events.md. Views live as long as the payload.
#pragma once

#include <cstdint>
#include <string_view>

#include "fanlight/base/result.h"
#include "fanlight/events/bytes.h"

namespace fanlight {

enum class EventKind {
  kNone,               // None of the below, or one that is not known here.
  kFileVersion,        // payload: text, such as "brain.Event:2".
  kGraphDef,           // payload: a GraphDef.
  kSummary,            // payload: a Summary.
  kLogMessage,         // payload: a LogMessage.
  kSessionLog,         // payload: a SessionLog.
  kTaggedRunMetadata,  // payload: a TaggedRunMetadata.
  kMetaGraphDef,       // payload: a MetaGraphDef.
};

// The name of the field in Event, such as "summary"; "none" for kNone.
std::string_view EventKindName(EventKind kind);

struct EventView {
  double wall_time_s = 0;  // As it stands in the file: it may be NaN or infinite.
  int64_t step = 0;
  EventKind kind = EventKind::kNone;
  Bytes payload;
  std::string_view writer;  // SourceMetadata.writer; empty when absent. May be other than UTF-8.
};

// Errors: kCorrupt when the bytes are not a message. The payload of the event is not looked into.
Result<EventView> DecodeEvent(Bytes event);

struct SessionLogView {
  enum Status : int32_t { kUnspecified = 0, kStart = 1, kStop = 2, kCheckpoint = 3 };
  int32_t status = kUnspecified;  // A number that is not named above is possible.
  std::string_view checkpoint_path;
  std::string_view message;
};
Result<SessionLogView> DecodeSessionLog(Bytes session_log);

struct TaggedRunMetadataView {
  std::string_view tag;
  Bytes run_metadata;  // A RunMetadata.
};
Result<TaggedRunMetadataView> DecodeTaggedRunMetadata(Bytes tagged_run_metadata);

struct LogMessageView {
  int32_t level = 0;  // 0 unknown, 10 debugging, 20 info, 30 warning, 40 error, 50 fatal.
  std::string_view message;
};
Result<LogMessageView> DecodeLogMessage(Bytes log_message);

}  // namespace fanlight

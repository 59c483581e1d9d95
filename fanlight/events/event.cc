#include "fanlight/events/event.h"

#include <utility>

#include "fanlight/events/parse.h"

namespace fanlight {

using internal::Delimited;
using internal::Fixed64;
using internal::ForEachField;
using internal::GetBytes;
using internal::GetText;
using internal::Varint;

std::string_view EventKindName(EventKind kind) {
  switch (kind) {
    case EventKind::kNone:
      return "none";
    case EventKind::kFileVersion:
      return "file_version";
    case EventKind::kGraphDef:
      return "graph_def";
    case EventKind::kSummary:
      return "summary";
    case EventKind::kLogMessage:
      return "log_message";
    case EventKind::kSessionLog:
      return "session_log";
    case EventKind::kTaggedRunMetadata:
      return "tagged_run_metadata";
    case EventKind::kMetaGraphDef:
      return "meta_graph_def";
  }
  return "none";
}

Result<EventView> DecodeEvent(Bytes event) {
  Result<EventView> result;
  EventView& view = *result;
  Bytes source_metadata;
  const auto keep = [&view](EventKind kind, protozero::pbf_reader& reader) {
    view.kind = kind;
    view.payload = GetBytes(reader);
  };
  Status done = ForEachField("Event", event, [&](protozero::pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case Fixed64(1):
        view.wall_time_s = reader.get_double();
        break;
      case Varint(2):
        view.step = reader.get_int64();
        break;
      case Delimited(3):
        keep(EventKind::kFileVersion, reader);
        break;
      case Delimited(4):
        keep(EventKind::kGraphDef, reader);
        break;
      case Delimited(5):
        keep(EventKind::kSummary, reader);
        break;
      case Delimited(6):
        keep(EventKind::kLogMessage, reader);
        break;
      case Delimited(7):
        keep(EventKind::kSessionLog, reader);
        break;
      case Delimited(8):
        keep(EventKind::kTaggedRunMetadata, reader);
        break;
      case Delimited(9):
        keep(EventKind::kMetaGraphDef, reader);
        break;
      case Delimited(10):
        source_metadata = GetBytes(reader);
        break;
      default:
        reader.skip();
    }
  });
  if (done && !source_metadata.empty()) {
    done = ForEachField("SourceMetadata", source_metadata, [&](protozero::pbf_reader& reader) {
      if (reader.tag_and_type() == Delimited(1)) {
        view.writer = GetText(reader);
      } else {
        reader.skip();
      }
    });
  }
  if (!done) [[unlikely]]
    result = tl::unexpected(std::move(done).error());
  return result;
}

Result<SessionLogView> DecodeSessionLog(Bytes session_log) {
  SessionLogView view;
  FL_TRY(ForEachField("SessionLog", session_log, [&](protozero::pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case Varint(1):
        view.status = reader.get_enum();
        break;
      case Delimited(2):
        view.checkpoint_path = GetText(reader);
        break;
      case Delimited(3):
        view.message = GetText(reader);
        break;
      default:
        reader.skip();
    }
  }));
  return view;
}

Result<TaggedRunMetadataView> DecodeTaggedRunMetadata(Bytes tagged_run_metadata) {
  TaggedRunMetadataView view;
  FL_TRY(ForEachField("TaggedRunMetadata", tagged_run_metadata, [&](protozero::pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case Delimited(1):
        view.tag = GetText(reader);
        break;
      case Delimited(2):
        view.run_metadata = GetBytes(reader);
        break;
      default:
        reader.skip();
    }
  }));
  return view;
}

Result<LogMessageView> DecodeLogMessage(Bytes log_message) {
  LogMessageView view;
  FL_TRY(ForEachField("LogMessage", log_message, [&](protozero::pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case Varint(1):
        view.level = reader.get_enum();
        break;
      case Delimited(2):
        view.message = GetText(reader);
        break;
      default:
        reader.skip();
    }
  }));
  return view;
}

}  // namespace fanlight

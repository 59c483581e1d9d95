// Any records as the events of a run: no crash, and what is decoded ahead of the loader, chunk by chunk, is what the
// loader takes by itself.
//
//   byte 0: after how many records the rest is decoded ahead; then records: one byte of length, the payload.

#include <cstdint>
#include <string>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/board/ingest/event_sink.h"
#include "fanlight/board/store/store.h"
#include "fanlight/events/record_writer.h"
#include "fanlight/events/scripted_source.h"

namespace {

using namespace fanlight;

std::vector<uint64_t> PointsOf(store::RunWriter& run) {
  std::vector<uint64_t> points;
  for (uint32_t i = 0; i < run.series_count(); ++i) points.push_back(run.series(i).points());
  return points;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t alone = data[0];
  std::vector<Bytes> events;
  for (size_t at = 1; at < size;) {
    const size_t length = std::min<size_t>(data[at], size - at - 1);
    events.push_back(std::as_bytes(std::span(data + at + 1, length)));
    at += 1 + length;
  }
  const auto store = *store::Store::Create({.scratch_directory = ""});
  store::RunWriter& one = store->AddRun("one");
  store::RunWriter& other = store->AddRun("other");
  ingest::EventSink one_sink(one);
  ingest::EventSink other_sink(other);
  one_sink.BeginFile({0}, 0);
  other_sink.BeginFile({0}, 0);

  std::string file;
  size_t taken = 0;
  for (const Bytes event : events) {
    const uint64_t offset = file.size();
    AppendRecord(file, event);
    (void)one_sink.Take(event, offset);
    if (taken++ < alone) (void)other_sink.Take(event, offset);
  }
  std::string rest;
  for (size_t i = std::min(alone, events.size()); i < events.size(); ++i) {
    AppendRecord(rest, events[i]);
  }
  ScriptedSource source(rest, {});
  if (!rest.empty() && other_sink.CanTakeDecoded()) {
    ingest::DecodedChunk chunk;
    FL_CHECK(chunk.Decode(source, 0, rest.size(), true, true, other_sink.Shapes()), "it is there");
    FL_CHECK(chunk.last() == rest.size(), "all records are sound");
    const uint64_t end = other_sink.TakeDecoded(chunk, [](const Record&, const Error&) {});
    if (end == rest.size()) {
      FL_CHECK(PointsOf(one) == PointsOf(other), "what is decoded ahead is what is there");
    }
  }
  one_sink.EndOfFiles();
  one_sink.TellFacts();
  one.Commit();
  return 0;
}

// Event files for tests, from a few words.
#pragma once

#include <fcntl.h>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "fanlight/events/bytes.h"
#include "fanlight/events/record_writer.h"

namespace fanlight::ingest {

// Fields of protobuf messages by hand, so that tests do not depend on the writer that is tested elsewhere.
inline void PutVarint(std::string& into, uint64_t value) {
  for (; value >= 128; value >>= 7) into += static_cast<char>(value | 128);
  into += static_cast<char>(value);
}
inline void PutBytes(std::string& into, uint32_t field, std::string_view bytes) {
  PutVarint(into, field << 3 | 2);
  PutVarint(into, bytes.size());
  into += bytes;
}
inline void PutInt(std::string& into, uint32_t field, int64_t value) {
  PutVarint(into, field << 3);
  PutVarint(into, static_cast<uint64_t>(value));
}
template <typename T>
void PutFixed(std::string& into, uint32_t field, T value) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  PutVarint(into, field << 3 | (sizeof(T) == 8 ? 1 : 5));
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  into.append(bytes, sizeof(T));
}

inline std::string EventBytes(double wall_time_s, int64_t step) {
  std::string event;
  PutFixed(event, 1, wall_time_s);
  if (step != 0) PutInt(event, 2, step);
  return event;
}

inline std::string Framed(std::string_view event) {
  std::string record;
  AppendRecord(record, AsBytes(event));
  return record;
}

// Framed events.
inline std::string VersionRecord(double wall_time_s = 1.7e9) {
  std::string event = EventBytes(wall_time_s, 0);
  PutBytes(event, 3, "brain.Event:2");
  return Framed(event);
}
inline std::string SummaryRecord(double wall_time_s, int64_t step,
                                 const std::vector<std::string>& values) {
  std::string summary;
  for (const std::string& value : values) PutBytes(summary, 1, value);
  std::string event = EventBytes(wall_time_s, step);
  PutBytes(event, 5, summary);
  return Framed(event);
}
inline std::string SimpleValue(std::string_view tag, float number) {
  std::string value;
  PutBytes(value, 1, tag);
  PutFixed(value, 2, number);
  return value;
}
inline std::string Metadata(std::string_view plugin, std::string_view display_name = {},
                            std::string_view content = {}) {
  std::string plugin_data;
  if (!plugin.empty()) PutBytes(plugin_data, 1, plugin);
  if (!content.empty()) PutBytes(plugin_data, 2, content);
  std::string metadata;
  PutBytes(metadata, 1, plugin_data);
  if (!display_name.empty()) PutBytes(metadata, 2, display_name);
  return metadata;
}
// `tensor` is a serialized TensorProto; without metadata when `metadata` is empty.
inline std::string TensorValueBytes(std::string_view tag, std::string_view tensor,
                                    std::string_view metadata = {}) {
  std::string value;
  PutBytes(value, 1, tag);
  PutBytes(value, 8, tensor);
  if (!metadata.empty()) PutBytes(value, 9, metadata);
  return value;
}
// A step with the scalar `tag`, a second a step.
inline std::string ScalarRecord(std::string_view tag, int64_t step, float number) {
  return SummaryRecord(1.7e9 + static_cast<double>(step), step, {SimpleValue(tag, number)});
}
inline std::string SessionRecord(int status, int64_t step) {
  std::string log;
  PutInt(log, 1, status);
  std::string event = EventBytes(1.7e9, step);
  PutBytes(event, 7, log);
  return Framed(event);
}

inline void WriteText(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(text.data(), static_cast<std::streamsize>(text.size()));
}
inline void AppendText(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::app)
      .write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace fanlight::ingest

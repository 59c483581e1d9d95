// protozero reports malformed bytes by exceptions. This is the one place where they become errors.
#pragma once

#include <protozero/pbf_reader.hpp>
#include <string_view>

#include "fanlight/base/result.h"
#include "fanlight/events/bytes.h"

namespace fanlight::internal {

// A field as decoders switch on it: a number with another wire type is unknown, and skipped.
constexpr uint32_t Varint(protozero::pbf_tag_type field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::varint);
}
constexpr uint32_t Fixed64(protozero::pbf_tag_type field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::fixed64);
}
constexpr uint32_t Fixed32(protozero::pbf_tag_type field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::fixed32);
}
constexpr uint32_t Delimited(protozero::pbf_tag_type field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::length_delimited);
}

inline protozero::pbf_reader ReaderOf(Bytes message) {
  const std::string_view text = AsText(message);
  return protozero::pbf_reader(text.data(), text.size());
}

inline Bytes GetBytes(protozero::pbf_reader& reader) {
  const protozero::data_view view = reader.get_view();
  return AsBytes({view.data(), view.size()});
}

inline std::string_view GetText(protozero::pbf_reader& reader) {
  const protozero::data_view view = reader.get_view();
  return {view.data(), view.size()};
}

// Calls `read(reader)` with a reader at the beginning of `message`. kCorrupt when it runs into
// bytes that are not a message; `what` names it.
template <typename Read>
Status Guarded(std::string_view what, Bytes message, Read&& read) {
  try {
    protozero::pbf_reader reader = ReaderOf(message);
    read(reader);
    return {};
  } catch (const protozero::exception& error) {
    return Fail(ErrorCode::kCorrupt, "malformed {} of {} bytes: {}", what, message.size(),
                error.what());
  }
}

// Calls `field(reader)` for each field of `message`; it must read or skip that field. Errors as
// Guarded().
template <typename Field>
Status ForEachField(std::string_view what, Bytes message, Field&& field) {
  return Guarded(what, message, [&](protozero::pbf_reader& reader) {
    while (reader.next()) field(reader);
  });
}

}  // namespace fanlight::internal

// The index of a checkpoint, from any bytes.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fanlight/engine/checkpoint/bundle_format.h"
#include "fanlight/engine/checkpoint/table_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto table = fanlight::checkpoint::ParseTable(bytes, "fuzz");
  if (!table) return 0;
  for (const auto& entry : table->entries()) {
    if (table->Find(entry.key) != entry.value) std::abort();
    static_cast<void>(fanlight::checkpoint::DecodeHeader(entry.value, "fuzz").has_value());
    static_cast<void>(fanlight::checkpoint::DecodeEntry(entry.value, "fuzz").has_value());
  }
  return 0;
}

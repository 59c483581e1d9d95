// The file `checkpoint`, from any bytes; what is read is written and read again.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fanlight/engine/checkpoint/checkpoint_state.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using fanlight::checkpoint::FormatCheckpointState;
  using fanlight::checkpoint::ParseCheckpointState;
  const auto state =
      ParseCheckpointState(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz");
  if (!state) return 0;
  const auto again = ParseCheckpointState(FormatCheckpointState(*state), "again");
  if (!again || again->latest != state->latest || again->all != state->all) std::abort();
  return 0;
}

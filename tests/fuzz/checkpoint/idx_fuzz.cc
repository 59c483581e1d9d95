// An IDX file, plain or gzipped, from any bytes.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "fanlight/engine/train/idx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto array = fanlight::ParseIdx(std::as_bytes(std::span(data, size)), "fuzz");
  if (!array) return 0;
  size_t elements = 1;
  for (const uint32_t dim : array->dims()) elements *= dim;
  if (array->bytes().size() % (elements == 0 ? 1 : elements) != 0) std::abort();
  return 0;
}

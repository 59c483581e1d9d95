// The store's names for things. Ids are types, not integers: a RunId never stands where a FileId is
// wanted.
#pragma once

#include <compare>
#include <cstdint>

namespace fanlight::store {

// A run. Stable while the program runs; a directory that goes and comes back gets its old id again.
struct RunId {
  uint32_t index = 0;
  auto operator<=>(const RunId&) const = default;
};

// An event file, numbered by whoever reads files; the store only carries it inside BlobRefs.
struct FileId {
  uint32_t index = 0;
  auto operator<=>(const FileId&) const = default;
};

}  // namespace fanlight::store

// Keeps the indexes of all logdirs within a limit: those opened longest ago go first.
#pragma once

#include <cstdint>
#include <string>

namespace fanlight::store {

// Removes folders of `directory` until all together are at most `max_bytes`: never `own`, never one that
// a process has locked, never what is not an index's. Returns the bytes of the others that are locked.
uint64_t RemoveOldestIndexes(const std::string& directory, const std::string& own,
                             uint64_t max_bytes);

// The name of the folder for a subject: 16 hexadecimal digits.
std::string IndexFolderName(const std::string& subject);

}  // namespace fanlight::store

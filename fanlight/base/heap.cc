#include "fanlight/base/heap.h"

#include <malloc.h>

#include <cstddef>

// Of jemalloc; null where the program does not have it.
extern "C" int mallctl(const char* name, void* old_value, size_t* old_size, void* new_value,
                       size_t new_size) __attribute__((weak));

namespace fanlight {

void KeepFreedMemory() {
  if (mallctl != nullptr) return;  // It does.
  ::mallopt(M_MMAP_THRESHOLD, 8 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

void ReturnFreedMemory() {
  if (mallctl == nullptr) {
    ::malloc_trim(0);
    return;
  }
  // 4096 is jemalloc's number for all arenas.
  mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
  mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);
}

}  // namespace fanlight

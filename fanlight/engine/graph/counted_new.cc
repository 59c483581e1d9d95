#include "fanlight/engine/graph/counted_new.h"

#include <cstdlib>
#include <new>

namespace fanlight::testing {
thread_local int64_t num_allocations = 0;
}  // namespace fanlight::testing

namespace {

void* Counted(void* memory) {
  ++fanlight::testing::num_allocations;
  if (memory == nullptr) std::abort();  // Tests do not run out of memory.
  return memory;
}

void* Aligned(size_t bytes, std::align_val_t alignment) {
  const auto unit = static_cast<size_t>(alignment);
  return std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit);
}

}  // namespace

void* operator new(size_t bytes) { return Counted(std::malloc(bytes == 0 ? 1 : bytes)); }
void* operator new[](size_t bytes) { return operator new(bytes); }
void* operator new(size_t bytes, std::align_val_t alignment) {
  return Counted(Aligned(bytes == 0 ? 1 : bytes, alignment));
}
void* operator new[](size_t bytes, std::align_val_t alignment) {
  return operator new(bytes, alignment);
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  ++fanlight::testing::num_allocations;
  return std::malloc(bytes == 0 ? 1 : bytes);
}
void* operator new(size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  ++fanlight::testing::num_allocations;
  return Aligned(bytes == 0 ? 1 : bytes, alignment);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, size_t, std::align_val_t) noexcept { std::free(memory); }

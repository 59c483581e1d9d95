// Claims whose failure is a bug of ours, never of the input: they print and abort.
#pragma once

#include <string_view>

namespace fanlight::internal {
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              std::string_view message);
}  // namespace fanlight::internal

// Aborts with place, condition and message unless `condition` holds.
#define FL_CHECK(condition, message)  \
  ((condition) ? static_cast<void>(0) \
               : ::fanlight::internal::CheckFailed(__FILE__, __LINE__, #condition, (message)))

// The same in debug builds; nothing in release builds. For hot loops.
#ifdef NDEBUG
#define FL_DCHECK(condition, message) static_cast<void>(sizeof((condition) ? 1 : 0))
#else
#define FL_DCHECK(condition, message) FL_CHECK(condition, message)
#endif

#include "fanlight/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace fanlight::internal {

void CheckFailed(const char* file, int line, const char* condition, std::string_view message) {
  std::fprintf(stderr, "%s:%d: this is a bug in fanlight: %.*s (%s does not hold)\n", file, line,
               static_cast<int>(message.size()), message.data(), condition);
  std::abort();
}

}  // namespace fanlight::internal

// For tests that nothing is allocated: the test program's operator new counts.
#pragma once

#include <cstdint>

namespace fanlight::testing {

// Allocations of this thread.
extern thread_local int64_t num_allocations;

}  // namespace fanlight::testing

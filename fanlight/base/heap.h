// What the process's allocator does with freed memory, as advice: jemalloc where a program links it
// (fanlight::heap in CMake), else that of the C library.
#pragma once

namespace fanlight {

// While much comes and goes: read buffers and arrays by the thousand. Given back to the system each
// time, their pages would have to be cleared again, a fifth of the load of 50 runs of 50 tags.
void KeepFreedMemory();
// What is free goes back to the system now.
void ReturnFreedMemory();

}  // namespace fanlight

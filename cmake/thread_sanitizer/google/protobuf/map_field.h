// Protobuf gives its maps two more members where the thread sanitizer is on; the library of the system was built without
// it. With different ideas of where a map's members are, both would read each other's.
#pragma once

#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include_next <google/protobuf/map_field.h>
#pragma pop_macro("__SANITIZE_THREAD__")

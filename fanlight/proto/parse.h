// Messages from bytes that may be damaged or of another kind.
#pragma once

#include <google/protobuf/message_lite.h>
#include <google/protobuf/stubs/logging.h>

#include <limits>
#include <string_view>

namespace fanlight {

// Whether `bytes` are such a message, which is then in `message`. The caller tells what is wrong;
// the library, which would print of text that is not UTF-8 on standard error, says nothing.
inline bool ParseMessage(std::string_view bytes, google::protobuf::MessageLite& message) {
  const google::protobuf::LogSilencer silencer;
  return bytes.size() <= static_cast<size_t>(std::numeric_limits<int>::max()) &&
         message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace fanlight

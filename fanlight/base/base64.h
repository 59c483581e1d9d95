// Base64 of RFC 4648, with its two alphabets.
#pragma once

#include <string>
#include <string_view>

#include "fanlight/base/result.h"

namespace fanlight {

// With "+/" and padding.
std::string Base64(std::string_view bytes);
// With "-_" and without padding, as in URLs.
std::string Base64Url(std::string_view bytes);
// The bytes of either alphabet, padded or not. Errors: kInvalidArgument.
Result<std::string> FromBase64(std::string_view text);

}  // namespace fanlight

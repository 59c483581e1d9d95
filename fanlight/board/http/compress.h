// gzip for answers, by ISA-L's vector code: at its first level a megabyte of JSON takes about a
// millisecond.
#pragma once

#include <string>
#include <string_view>

#include "fanlight/base/result.h"

namespace fanlight::http {

// Answers shorter than this are sent as they are: the header alone would eat the gain.
inline constexpr size_t kMinCompressedBytes = 1024;

// Whether text of this type is worth compressing. Parameters such as the charset do not count.
bool IsCompressible(std::string_view content_type);

// Whether an Accept-Encoding header takes this coding ("gzip", "br"): named or by "*", and not with
// q=0.
bool AcceptsEncoding(std::string_view accept_encoding, std::string_view coding);

// A gzip member holding `bytes`; the same input gives the same output.
std::string Gzip(std::string_view bytes);

// The content of a gzip member whose size is known to be `size`.
Result<std::string> Gunzip(std::string_view gzip, size_t size);

}  // namespace fanlight::http

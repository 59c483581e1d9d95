// Queries and forms: how clients send named values. Nothing is too malformed to be read: what does
// not parse is left as it stands, as every server of this kind does; the caller checks the values
// it needs.
#pragma once

#include <string>
#include <string_view>

#include "fanlight/base/result.h"
#include "fanlight/board/http/message.h"

namespace fanlight::http {

// `text` with each %XX replaced by its byte. A '%' without two hex digits stays. With
// `plus_is_space`,
// '+' becomes a space, as in queries and forms.
std::string PercentDecoded(std::string_view text, bool plus_is_space);

// `text` with every byte but letters, digits and "-._~/" written as %XX: safe in a Location header.
std::string PercentEncodedPath(std::string_view text);
// The same, "/" encoded too: safe as a value in a query.
std::string PercentEncodedValue(std::string_view text);

// The fields of `a=1&b=2`; a part without '=' is a name with an empty value, empty parts are
// skipped.
Fields ParseQuery(std::string_view query);

// The fields of a request's body, url-encoded or multipart by its Content-Type; none for other
// types. kInvalidArgument when a multipart body has no boundary or does not end.
Result<Fields> ParseForm(const Request& request);

}  // namespace fanlight::http

// The fields of a request that is a JSON object. Those that are absent or null take what the caller says; every error
// is kInvalidArgument and names the key.
#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/board/api/series_name.h"

namespace fanlight::api {

// Null when the key is absent or its value is null.
const boost::json::value* Find(const boost::json::object& object, std::string_view key);

std::optional<double> AsNumber(const boost::json::value& value);
std::optional<store::RunId> AsRun(const boost::json::value* value);

Result<std::optional<double>> OptionalNumber(const boost::json::object& object,
                                             std::string_view key);
// A number in [least, most] that must be there; `is_whole`: without a fraction.
Result<double> NumberWithin(const boost::json::object& object, std::string_view key, double least,
                            double most, bool is_whole);
Result<bool> OptionalBool(const boost::json::object& object, std::string_view key, bool otherwise);
// One of the words in `names`, as its place in the list; the first when the key is absent.
Result<size_t> Choice(const boost::json::object& object, std::string_view key,
                      std::initializer_list<std::string_view> names);
// The list under `key`; an empty one when it is absent.
Result<const boost::json::array*> List(const boost::json::object& object, std::string_view key);

// A request that names series: an object with a list "series".
Result<boost::json::value> ParseSeriesRequest(std::string_view json);
// That list. Errors: also kTooLarge, for more than `most`.
Result<std::vector<SeriesName>> SeriesIn(const boost::json::object& object, size_t most);

}  // namespace fanlight::api

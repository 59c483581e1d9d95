// For tests: the JSON that stands beside a golden checkpoint, and whether a tensor has its values.
#pragma once

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "fanlight/engine/tensor/tensor.h"

namespace fanlight::checkpoint {

// The parsed content of a JSON file; a failure of the test when there is none.
boost::json::value ReadJson(const std::string& path);

// A string, or the bytes of {"hex": "..."}.
std::string BytesOf(const boost::json::value& value);

// Whether the tensor's elements are `values`: nested lists, complex numbers as [re, im], halves
// widened.
::testing::AssertionResult HasValues(const Tensor& tensor, const boost::json::value& values);

// PREFIXes of all golden checkpoints with a JSON file, relative to the golden folder.
const std::vector<std::string>& GoldenPrefixes();

}  // namespace fanlight::checkpoint

#include "fanlight/engine/checkpoint/golden_json.h"

#include <cmath>

#include "fanlight/base/file.h"

namespace fanlight::checkpoint {
namespace {

using boost::json::value;

void Flatten(const value& values, int rank, std::vector<const value*>& leaves) {
  if (rank == 0) {
    leaves.push_back(&values);
    return;
  }
  for (const value& item : values.as_array()) Flatten(item, rank - 1, leaves);
}

double NumberOf(const value& number) {
  if (number.is_string()) {
    const auto& text = number.as_string();
    return text == "nan" ? NAN : text == "inf" ? INFINITY : -INFINITY;
  }
  return number.to_number<double>();
}

bool Same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

template <typename T>
bool SameElement(const T& element, const value& want) {
  if constexpr (std::is_same_v<T, std::string>) {
    return element == BytesOf(want);
  } else if constexpr (std::is_same_v<T, bool>) {
    return element == want.as_bool();
  } else if constexpr (std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>) {
    return Same(static_cast<double>(static_cast<float>(element)), NumberOf(want));
  } else if constexpr (std::is_same_v<T, std::complex<float>> ||
                       std::is_same_v<T, std::complex<double>>) {
    return Same(element.real(), NumberOf(want.at(0))) && Same(element.imag(), NumberOf(want.at(1)));
  } else if constexpr (std::is_same_v<T, uint64_t>) {
    return element == want.to_number<uint64_t>();
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<int64_t>(element) == want.to_number<int64_t>();
  } else {
    return Same(static_cast<double>(element), static_cast<double>(static_cast<T>(NumberOf(want))));
  }
}

}  // namespace

value ReadJson(const std::string& path) {
  const Result<std::string> text = ReadWholeFile(path);
  EXPECT_TRUE(text.has_value()) << text.error().message;
  return text ? boost::json::parse(*text) : value();
}

std::string BytesOf(const value& bytes) {
  if (bytes.is_string()) return std::string(bytes.as_string());
  const std::string hex(bytes.at("hex").as_string());
  std::string result;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    result.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return result;
}

::testing::AssertionResult HasValues(const Tensor& tensor, const value& values) {
  std::vector<const value*> leaves;
  Flatten(values, tensor.rank(), leaves);
  if (leaves.size() != static_cast<size_t>(tensor.num_elements())) {
    return ::testing::AssertionFailure()
           << ToString(tensor) << " has not " << leaves.size() << " elements";
  }
  ::testing::AssertionResult result = ::testing::AssertionSuccess();
  const bool known =
      VisitDTypeAmong<float, double, int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t,
                      uint64_t, bool, std::string, Float16, BFloat16, std::complex<float>,
                      std::complex<double>>(tensor.dtype(), [&]<typename T>(TypeTag<T>) {
        const auto elements = tensor.flat<T>();
        for (size_t i = 0; i < elements.size(); ++i) {
          if (SameElement(elements[i], *leaves[i])) continue;
          result = ::testing::AssertionFailure() << "element " << i << " of " << ToString(tensor)
                                                 << ", want " << boost::json::serialize(*leaves[i]);
          return;
        }
      });
  if (!known) return ::testing::AssertionFailure() << "no JSON values for " << Describe(tensor);
  return result;
}

const std::vector<std::string>& GoldenPrefixes() {
  static const std::vector<std::string> prefixes = {
      "ckpt_big_endian/be",       "ckpt_dtypes/dtypes",       "ckpt_handmade_metagraph/m-3",
      "ckpt_multiblock/many",     "ckpt_restarts/restarts",   "ckpt_sharded/sharded",
      "ckpt_slice3/slice3",       "ckpt_sliced/sliced",       "ckpt_tf1_partitioned/m",
      "ckpt_tf2_object/ckpt-2",   "ckpt_tf2_object/ckpt-3",   "ckpt_tiny/tiny",
      "mnist_small/model.ckpt-1", "mnist_small/model.ckpt-3", "mnist_small/model.ckpt-6",
  };
  return prefixes;
}

}  // namespace fanlight::checkpoint

#include "apps/mnist/png_digit.h"

#include <spng.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "fanlight/base/file.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/train/mnist_data.h"

namespace fanlight {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{64} << 20;
constexpr uint32_t kMaxSide = 8192;

struct Gray {
  size_t width = 0;
  size_t height = 0;
  std::vector<float> pixels;  // From 0, black, to 1.
};

Result<Gray> Decode(const std::string& path) {
  FL_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(path, kMaxFileBytes));
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(0), spng_ctx_free);
  const auto fail = [&](int error) {
    return Fail(error == SPNG_EUSER_WIDTH || error == SPNG_EUSER_HEIGHT ? ErrorCode::kTooLarge
                                                                        : ErrorCode::kCorrupt,
                "cannot read the picture: {}: {}", spng_strerror(error), Quoted(path));
  };
  spng_set_image_limits(context.get(), kMaxSide, kMaxSide);
  spng_set_png_buffer(context.get(), bytes.data(), bytes.size());
  spng_ihdr header{};
  if (const int error = spng_get_ihdr(context.get(), &header)) return fail(error);
  size_t size = 0;
  if (const int error = spng_decoded_image_size(context.get(), SPNG_FMT_RGBA8, &size)) {
    return fail(error);
  }
  std::vector<uint8_t> rgba(size);
  if (const int error = spng_decode_image(context.get(), rgba.data(), rgba.size(), SPNG_FMT_RGBA8,
                                          SPNG_DECODE_TRNS)) {
    return fail(error);
  }
  Gray gray{.width = header.width, .height = header.height, .pixels = {}};
  gray.pixels.reserve(gray.width * gray.height);
  for (size_t i = 0; i + 3 < rgba.size(); i += 4) {
    const auto part = [&](size_t channel) { return static_cast<float>(rgba[i + channel]) / 255; };
    const float luma = 0.299f * part(0) + 0.587f * part(1) + 0.114f * part(2);
    gray.pixels.push_back(luma * part(3) + (1 - part(3)));  // On white paper.
  }
  return gray;
}

bool HasBrightBorder(const Gray& gray) {
  float sum = 0;
  size_t count = 0;
  for (size_t y = 0; y < gray.height; ++y) {
    for (size_t x = 0; x < gray.width; ++x) {
      if (y != 0 && y + 1 != gray.height && x != 0 && x + 1 != gray.width) continue;
      sum += gray.pixels[y * gray.width + x];
      ++count;
    }
  }
  return sum > 0.5f * static_cast<float>(count);
}

// How much of [i, i + 1) of `size` equal parts of [0, from) lies on each pixel: area averaging.
struct Span {
  size_t first;
  std::vector<float> weights;
};
std::vector<Span> Spans(size_t from, size_t to) {
  std::vector<Span> spans;
  const double step = static_cast<double>(from) / static_cast<double>(to);
  for (size_t i = 0; i < to; ++i) {
    const double begin = static_cast<double>(i) * step;
    const double end = begin + step;
    Span span{.first = std::min(static_cast<size_t>(begin), from - 1), .weights = {}};
    for (size_t at = span.first; at < from && static_cast<double>(at) < end; ++at) {
      const double covered =
          std::min(end, static_cast<double>(at + 1)) - std::max(begin, static_cast<double>(at));
      span.weights.push_back(static_cast<float>(std::max(covered, 0.0) / step));
    }
    spans.push_back(std::move(span));
  }
  return spans;
}

}  // namespace

Result<Tensor> ReadPngDigit(const std::string& path) {
  FL_ASSIGN_OR_RETURN(const Gray gray, Decode(path));
  const bool invert = HasBrightBorder(gray);
  constexpr auto kSide = static_cast<size_t>(kMnistImageSide);
  const std::vector<Span> columns = Spans(gray.width, kSide);
  const std::vector<Span> rows = Spans(gray.height, kSide);
  Tensor image(DType::kFloat32, Shape{1, kMnistImagePixels});
  const std::span<float> pixels = image.mutable_flat<float>();
  for (size_t y = 0; y < kSide; ++y) {
    for (size_t x = 0; x < kSide; ++x) {
      float sum = 0;
      for (size_t dy = 0; dy < rows[y].weights.size(); ++dy) {
        for (size_t dx = 0; dx < columns[x].weights.size(); ++dx) {
          sum += gray.pixels[(rows[y].first + dy) * gray.width + columns[x].first + dx] *
                 rows[y].weights[dy] * columns[x].weights[dx];
        }
      }
      pixels[y * kSide + x] = invert ? 1 - sum : sum;
    }
  }
  return image;
}

}  // namespace fanlight

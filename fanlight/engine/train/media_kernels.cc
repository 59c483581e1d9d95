#include "fanlight/engine/train/media_kernels.h"

#include <spng.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <vector>

#include "fanlight/engine/tensor/tensor_proto.h"

namespace fanlight {
namespace {

// Fields of Summary, Summary.Value, Summary.Image and Summary.Audio.
constexpr protozero::pbf_tag_type kSummaryValue = 1;
constexpr protozero::pbf_tag_type kValueTag = 1;
constexpr protozero::pbf_tag_type kValueImage = 4;
constexpr protozero::pbf_tag_type kValueAudio = 6;
constexpr protozero::pbf_tag_type kValueTensor = 8;
constexpr protozero::pbf_tag_type kValueMetadata = 9;
constexpr protozero::pbf_tag_type kImageHeight = 1;
constexpr protozero::pbf_tag_type kImageWidth = 2;
constexpr protozero::pbf_tag_type kImageColorspace = 3;
constexpr protozero::pbf_tag_type kImageEncoded = 4;
constexpr protozero::pbf_tag_type kAudioSampleRate = 1;
constexpr protozero::pbf_tag_type kAudioChannels = 2;
constexpr protozero::pbf_tag_type kAudioFrames = 3;
constexpr protozero::pbf_tag_type kAudioEncoded = 4;
constexpr protozero::pbf_tag_type kAudioContentType = 5;

Status SetSummary(KernelContext& context, std::string bytes) {
  FL_ASSIGN_OR_RETURN(Tensor* const output, context.AllocateOutput(0, Shape()));
  output->mutable_flat<std::string>()[0] = std::move(bytes);
  return {};
}

// "weights/image/2"; for one alone "weights/image".
std::string TagOf(const std::string& base, std::string_view kind, int64_t index, int64_t most) {
  return most > 1 ? fmt::format("{}/{}/{}", base, kind, index) : fmt::format("{}/{}", base, kind);
}

// ---------------------------------------------------------------- images

struct Picture {
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t channels = 0;
};

Result<std::string> EncodePng(const Picture& picture, const std::vector<uint8_t>& pixels) {
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(SPNG_CTX_ENCODER),
                                                               spng_ctx_free);
  spng_set_option(context.get(), SPNG_ENCODE_TO_BUFFER, 1);
  spng_ihdr header{};
  header.width = picture.width;
  header.height = picture.height;
  header.bit_depth = 8;
  header.color_type = picture.channels == 1   ? SPNG_COLOR_TYPE_GRAYSCALE
                      : picture.channels == 3 ? SPNG_COLOR_TYPE_TRUECOLOR
                                              : SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
  int error = spng_set_ihdr(context.get(), &header);
  if (error == 0) {
    error = spng_encode_image(context.get(), pixels.data(), pixels.size(), SPNG_FMT_PNG,
                              SPNG_ENCODE_FINALIZE);
  }
  size_t size = 0;
  void* bytes = error == 0 ? spng_get_png_buffer(context.get(), &size, &error) : nullptr;
  const std::unique_ptr<void, void (*)(void*)> owner(bytes, std::free);
  if (error != 0 || bytes == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "an image of {} by {} cannot be written: {}",
                picture.width, picture.height, spng_strerror(error));
  }
  return std::string(static_cast<const char*>(bytes), size);
}

// Scales one image to bytes as TensorFlow does. Pixels with a channel that is not finite take
// `bad_color`.
template <typename T>
void Normalize(const T* image, size_t num_pixels, size_t channels, const uint8_t* bad_color,
               uint8_t* out) {
  const auto is_finite = [&](const T* pixel) {
    return std::all_of(pixel, pixel + channels, [](T value) { return std::isfinite(value); });
  };
  T low = std::numeric_limits<T>::infinity();
  T high = -std::numeric_limits<T>::infinity();
  for (size_t i = 0; i < num_pixels; ++i) {
    const T* const pixel = image + i * channels;
    if (!is_finite(pixel)) continue;
    low = std::min(low, *std::min_element(pixel, pixel + channels));
    high = std::max(high, *std::max_element(pixel, pixel + channels));
  }
  constexpr T kSmallest = static_cast<T>(1e-6);
  T scale = 0;
  T offset = 0;
  if (low < 0) {
    const T largest = std::max(std::abs(low), std::abs(high));
    scale = largest < kSmallest ? T{0} : T{127} / largest;
    offset = T{128};
  } else {
    scale = high < kSmallest ? T{0} : T{255} / high;
  }
  for (size_t i = 0; i < num_pixels; ++i, out += channels) {
    const T* const pixel = image + i * channels;
    if (!is_finite(pixel)) {
      std::copy_n(bad_color, channels, out);
      continue;
    }
    for (size_t c = 0; c < channels; ++c) {
      out[c] = static_cast<uint8_t>(std::clamp(pixel[c] * scale + offset, T{0}, T{255}));
    }
  }
}

Status ImageSummaryKernel(KernelContext& context) {
  const Tensor& tag = context.input(0);
  Tensor images = context.input(1);
  const auto& bad_color = context.node().attr<Tensor>("bad_color");
  const int64_t most = context.node().attr<int64_t>("max_images");
  const bool is_good = tag.num_elements() == 1 && images.rank() == 4 && most > 0;
  const int64_t depth = is_good ? images.shape()[3] : 0;
  if (!is_good || (depth != 1 && depth != 3 && depth != 4)) {
    return Fail(ErrorCode::kInvalidArgument, "cannot show {} images of {} under the tag {}", most,
                Describe(images), Describe(tag));
  }
  const auto channels = static_cast<size_t>(depth);
  if (bad_color.dtype() != DType::kUInt8 || bad_color.num_elements() < depth) {
    return Fail(ErrorCode::kInvalidArgument, "bad_color is {}, want uint8 of {} channels",
                Describe(bad_color), depth);
  }
  constexpr int64_t kMostSide = 1 << 20;
  const Shape& shape = images.shape();
  if (shape[1] < 1 || shape[2] < 1 || shape[1] > kMostSide || shape[2] > kMostSide) {
    return Fail(ErrorCode::kInvalidArgument, "an image of {} has no pixels, or too many",
                Describe(images));
  }
  if (images.dtype() == DType::kFloat16) {
    FL_ASSIGN_OR_RETURN(images, ConvertTo(images, DType::kFloat32));
  }
  const Picture picture{static_cast<uint32_t>(shape[2]), static_cast<uint32_t>(shape[1]),
                        static_cast<uint32_t>(depth)};
  const auto num_pixels = static_cast<size_t>(shape[1] * shape[2]);
  std::vector<uint8_t> pixels(num_pixels * channels);
  std::string summary;
  protozero::pbf_writer writer(summary);
  for (int64_t i = 0; i < std::min(most, shape[0]); ++i) {
    const size_t begin = static_cast<size_t>(i) * pixels.size();
    const uint8_t* const bad = bad_color.flat<uint8_t>().data();
    if (images.dtype() == DType::kUInt8) {
      std::copy_n(images.flat<uint8_t>().data() + begin, pixels.size(), pixels.data());
    } else if (images.dtype() == DType::kFloat32) {
      Normalize(images.flat<float>().data() + begin, num_pixels, channels, bad, pixels.data());
    } else {
      Normalize(images.flat<double>().data() + begin, num_pixels, channels, bad, pixels.data());
    }
    FL_ASSIGN_OR_RETURN(const std::string png, EncodePng(picture, pixels));
    protozero::pbf_writer value(writer, kSummaryValue);
    value.add_string(kValueTag, TagOf(tag.scalar<std::string>(), "image", i, most));
    protozero::pbf_writer image(value, kValueImage);
    image.add_int32(kImageHeight, static_cast<int32_t>(picture.height));
    image.add_int32(kImageWidth, static_cast<int32_t>(picture.width));
    image.add_int32(kImageColorspace, static_cast<int32_t>(picture.channels));
    image.add_bytes(kImageEncoded, png);
  }
  return SetSummary(context, std::move(summary));
}

// ---------------------------------------------------------------- sounds

void AppendLittleEndian(std::string& bytes, uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

// A RIFF file: the format's chunk (PCM, 16 bits), then the samples, channel by channel in turn.
std::string EncodeWav(const float* samples, uint32_t frames, uint32_t channels, uint32_t rate) {
  constexpr uint32_t kHeaderBytes = 44;
  const uint32_t data_bytes = frames * channels * 2;
  std::string wav = "RIFF";
  wav.reserve(kHeaderBytes + data_bytes);
  AppendLittleEndian(wav, kHeaderBytes - 8 + data_bytes, 4);
  wav += "WAVEfmt ";
  AppendLittleEndian(wav, 16, 4);
  AppendLittleEndian(wav, 1, 2);
  AppendLittleEndian(wav, channels, 2);
  AppendLittleEndian(wav, rate, 4);
  AppendLittleEndian(wav, rate * channels * 2, 4);
  AppendLittleEndian(wav, channels * 2, 2);
  AppendLittleEndian(wav, 16, 2);
  wav += "data";
  AppendLittleEndian(wav, data_bytes, 4);
  for (uint32_t i = 0; i < frames * channels; ++i) {
    const float scaled = std::isnan(samples[i]) ? 0.0f : std::round(samples[i] * 32768.0f);
    const auto value = static_cast<int32_t>(std::clamp(scaled, -32768.0f, 32767.0f));
    AppendLittleEndian(wav, static_cast<uint32_t>(value), 2);
  }
  return wav;
}

Status AudioSummaryKernel(KernelContext& context) {
  const Tensor& tag = context.input(0);
  const Tensor& sound = context.input(1);
  const Tensor& rate = context.input(2);
  const int64_t most = context.node().attr<int64_t>("max_outputs");
  if (tag.num_elements() != 1 || rate.num_elements() != 1 || most < 1 ||
      (sound.rank() != 2 && sound.rank() != 3)) {
    return Fail(ErrorCode::kInvalidArgument, "cannot give {} sounds of {} under the tag {} at {}",
                most, Describe(sound), Describe(tag), Describe(rate));
  }
  const float hertz = rate.scalar<float>();
  if (!(hertz >= 1 && hertz <= 1e9f)) {
    return Fail(ErrorCode::kInvalidArgument, "the sample rate is {}, want 1 to 1e9", hertz);
  }
  const int64_t frames = sound.shape()[1];
  const int64_t channels = sound.rank() == 3 ? sound.shape()[2] : 1;
  constexpr int64_t kMostSamples = int64_t{1} << 30;
  if (channels < 1 || channels > 1024 || frames * channels > kMostSamples) {
    return Fail(ErrorCode::kInvalidArgument, "a sound of {} does not fit in a WAV file",
                Describe(sound));
  }
  std::string summary;
  protozero::pbf_writer writer(summary);
  for (int64_t i = 0; i < std::min(most, sound.shape()[0]); ++i) {
    const float* const samples = sound.flat<float>().data() + i * frames * channels;
    protozero::pbf_writer value(writer, kSummaryValue);
    value.add_string(kValueTag, TagOf(tag.scalar<std::string>(), "audio", i, most));
    protozero::pbf_writer audio(value, kValueAudio);
    audio.add_float(kAudioSampleRate, hertz);
    audio.add_int64(kAudioChannels, channels);
    audio.add_int64(kAudioFrames, frames);
    audio.add_bytes(kAudioEncoded,
                    EncodeWav(samples, static_cast<uint32_t>(frames),
                              static_cast<uint32_t>(channels), static_cast<uint32_t>(hertz)));
    audio.add_string(kAudioContentType, "audio/wav");
  }
  return SetSummary(context, std::move(summary));
}

// ---------------------------------------------------------------- tensors

Status TensorSummaryKernel(KernelContext& context) {
  const Tensor& tag = context.input(0);
  const Tensor& metadata = context.input(2);
  if (tag.num_elements() != 1 || metadata.num_elements() != 1) {
    return Fail(ErrorCode::kInvalidArgument, "got the tag {} and metadata {}, want scalars",
                Describe(tag), Describe(metadata));
  }
  std::string summary;
  protozero::pbf_writer writer(summary);
  {
    protozero::pbf_writer value(writer, kSummaryValue);
    value.add_string(kValueTag, tag.scalar<std::string>());
    value.add_message(kValueTensor, TensorToProto(context.input(1)).SerializeAsString());
    value.add_message(kValueMetadata, metadata.scalar<std::string>());
  }
  return SetSummary(context, std::move(summary));
}

constexpr KernelDef kKernels[] = {
    {"ImageSummary", DType::kInvalid, MakeFunctionKernel<ImageSummaryKernel>},
    {"AudioSummaryV2", DType::kInvalid, MakeFunctionKernel<AudioSummaryKernel>},
    {"TensorSummaryV2", DType::kInvalid, MakeFunctionKernel<TensorSummaryKernel>},
};

}  // namespace

std::span<const KernelDef> MediaSummaryKernels() { return kKernels; }

}  // namespace fanlight

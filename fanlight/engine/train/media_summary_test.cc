#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spng.h>

#include <limits>

#include "fanlight/engine/graph/ops/array.h"
#include "fanlight/engine/graph/ops/summary.h"
#include "fanlight/engine/train/testing.h"
#include "fanlight/proto/summary.pb.h"

namespace fanlight {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

proto::Summary Fetch(const GraphBuilder& graph, const Output& summary) {
  const auto fetched = Must(NewSession(graph)->Run({.fetches = {summary}}));
  proto::Summary message;
  EXPECT_TRUE(message.ParseFromString(fetched[0].scalar<std::string>()));
  return message;
}

std::vector<int> PixelsOf(const std::string& png, int format) {
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> context(spng_ctx_new(0), spng_ctx_free);
  spng_set_png_buffer(context.get(), png.data(), png.size());
  size_t size = 0;
  EXPECT_EQ(spng_decoded_image_size(context.get(), format, &size), 0);
  std::vector<uint8_t> bytes(size);
  EXPECT_EQ(spng_decode_image(context.get(), bytes.data(), size, format, 0), 0);
  return {bytes.begin(), bytes.end()};
}

TEST(ImageSummaries, BytesStayAsTheyAre) {
  GraphBuilder graph;
  const Output images = Constant(
      graph, Tensor::Of<uint8_t>({2, 1, 2, 3}, {0, 1, 2, 3, 4, 5, 250, 251, 252, 0, 0, 9}));
  const proto::Summary summary = Fetch(graph, ImageSummary(graph, "pictures", images));
  ASSERT_EQ(summary.value_size(), 2);
  EXPECT_EQ(summary.value(0).tag(), "pictures/image/0");
  EXPECT_EQ(summary.value(1).tag(), "pictures/image/1");
  EXPECT_EQ(summary.value(1).image().height(), 1);
  EXPECT_EQ(summary.value(1).image().width(), 2);
  EXPECT_EQ(summary.value(1).image().colorspace(), 3);
  EXPECT_THAT(PixelsOf(summary.value(1).image().encoded_image_string(), SPNG_FMT_RGB8),
              ElementsAre(250, 251, 252, 0, 0, 9));
}

TEST(ImageSummaries, FloatsAreScaledAndWhatIsNotFiniteIsRed) {
  GraphBuilder graph;
  const float inf = std::numeric_limits<float>::infinity();
  const Output positive = Constant(graph, Tensor::Of<float>({1, 1, 3, 1}, {0, 0.25F, 0.5F}));
  const Output mixed = Constant(graph, Tensor::Of<float>({1, 1, 3, 1}, {-2, 0, 1}));
  const Output broken = Constant(graph, Tensor::Of<float>({1, 1, 2, 3}, {1, 1, 0.5F, inf, 0, 0}));
  const auto pixels = [&](const Output& images, int format) {
    return PixelsOf(
        Fetch(graph, ImageSummary(graph, "x", images, 1)).value(0).image().encoded_image_string(),
        format);
  };
  EXPECT_THAT(pixels(positive, SPNG_FMT_G8), ElementsAre(0, 127, 255));
  EXPECT_THAT(pixels(mixed, SPNG_FMT_G8), ElementsAre(1, 128, 191));
  EXPECT_THAT(pixels(broken, SPNG_FMT_RGB8), ElementsAre(255, 255, 127, 255, 0, 0));
}

TEST(ImageSummaries, OneAloneHasNoNumberAndNoMoreThanAskedForAreShown) {
  GraphBuilder graph;
  const Output images = Constant(graph, Tensor::Zeros(DType::kFloat32, {5, 2, 2, 1}));
  EXPECT_EQ(Fetch(graph, ImageSummary(graph, "one", images, 1)).value(0).tag(), "one/image");
  EXPECT_EQ(Fetch(graph, ImageSummary(graph, "some", images, 3)).value_size(), 3);
}

TEST(ImageSummaries, WrongShapesAreErrors) {
  GraphBuilder graph;
  ImageSummary(graph, "x", Constant(graph, Tensor::Zeros(DType::kFloat32, {1, 2, 2, 2})));
  EXPECT_THAT(MessageOf(graph.status()), HasSubstr("2 channels, want 1, 3 or 4"));
}

TEST(AudioSummaries, SamplesBecomeSixteenBits) {
  GraphBuilder graph;
  const Output sound = Constant(graph, Tensor::Of<float>({1, 2, 2}, {0.5F, -0.5F, 2.0F, -2.0F}));
  const proto::Summary summary = Fetch(graph, AudioSummary(graph, "tone", sound, 8000.0, 1));
  const auto& audio = summary.value(0).audio();
  EXPECT_EQ(summary.value(0).tag(), "tone/audio");
  EXPECT_EQ(audio.sample_rate(), 8000);
  EXPECT_EQ(audio.num_channels(), 2);
  EXPECT_EQ(audio.length_frames(), 2);
  EXPECT_EQ(audio.content_type(), "audio/wav");
  const std::string& wav = audio.encoded_audio_string();
  ASSERT_EQ(wav.size(), 44U + 8U);
  EXPECT_EQ(wav.substr(0, 4), "RIFF");
  EXPECT_EQ(wav.substr(8, 8), "WAVEfmt ");
  const auto sample = [&](size_t i) {
    return static_cast<int16_t>(static_cast<uint8_t>(wav[44 + 2 * i]) |
                                static_cast<uint8_t>(wav[45 + 2 * i]) << 8);
  };
  EXPECT_THAT((std::vector<int>{sample(0), sample(1), sample(2), sample(3)}),
              ElementsAre(16384, -16384, 32767, -32768));
}

TEST(AudioSummaries, WrongShapesAndRatesAreErrors) {
  GraphBuilder graph;
  const Output sound = Constant(graph, Tensor::Zeros(DType::kFloat32, {1, 4}));
  const Output summary = AudioSummary(graph, "x", sound, 0.0);
  const auto run = NewSession(graph)->Run({.fetches = {summary}});
  ASSERT_FALSE(run.has_value());
  EXPECT_THAT(run.error().message, HasSubstr("the sample rate is 0"));
  AudioSummary(graph, "y", Constant(graph, Tensor::Zeros(DType::kFloat32, {4})), 8000.0);
  EXPECT_THAT(MessageOf(graph.status()), HasSubstr("want [batch, frames]"));
}

TEST(TextSummaries, TheTextIsATensorOfThePluginText) {
  GraphBuilder graph;
  const Output summary = TextSummary(graph, "notes", "**bold**");
  const proto::Summary message = Fetch(graph, summary);
  ASSERT_EQ(message.value_size(), 1);
  EXPECT_EQ(message.value(0).tag(), "notes");
  EXPECT_EQ(message.value(0).metadata().plugin_data().plugin_name(), "text");
  EXPECT_THAT(message.value(0).tensor().string_val(), ElementsAre("**bold**"));
  TextSummary(graph, "wrong", 1.0F);
  EXPECT_THAT(MessageOf(graph.status()), HasSubstr("the text is float32, want string"));
}

}  // namespace
}  // namespace fanlight

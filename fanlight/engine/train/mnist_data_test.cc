#include "fanlight/engine/train/mnist_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "fanlight/base/file.h"
#include "fanlight/engine/train/mnist_data_pixels.h"

namespace fanlight {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string BigEndian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

// Four IDX files. Image i is filled with i % 251, its label is i % 10.
class MnistFiles : public ::testing::Test {
 protected:
  void Write(uint32_t train, uint32_t test) {
    WriteSet("train", train, train);
    WriteSet("t10k", test, test);
  }
  void WriteSet(const std::string& prefix, uint32_t images, uint32_t labels) {
    std::string bytes = BigEndian(2051) + BigEndian(images) + BigEndian(28) + BigEndian(28);
    for (uint32_t i = 0; i < images; ++i) bytes += std::string(784, static_cast<char>(i % 251));
    ASSERT_TRUE(WriteFileAtomically(path(prefix + "-images-idx3-ubyte"), bytes).has_value());
    bytes = BigEndian(2049) + BigEndian(labels);
    for (uint32_t i = 0; i < labels; ++i) bytes += static_cast<char>(i % 10);
    ASSERT_TRUE(WriteFileAtomically(path(prefix + "-labels-idx1-ubyte"), bytes).has_value());
  }
  std::string path(const std::string& name) const { return directory_.Join(name); }

  TemporaryDirectory directory_;
};

// The examples of a batch of MnistFiles, told from their pixels.
std::vector<int> ExamplesOf(const Batch& batch) {
  std::vector<int> examples;
  for (size_t row = 0; row < static_cast<size_t>(batch.labels.num_elements()); ++row) {
    const int example =
        static_cast<int>(batch.images.flat<float>()[row * 784 + row % 784] * 255 + 0.5f);
    EXPECT_EQ(batch.labels.flat<int32_t>()[row], example % 10);
    examples.push_back(example);
  }
  return examples;
}

TEST_F(MnistFiles, TheFirstOfTheTrainingImagesValidate) {
  Write(100, 20);
  std::vector<std::string> files;
  auto data = ReadMnist(
      directory_.path(),
      {.validation_size = 30, .on_file = [&](const std::string& file) { files.push_back(file); }});
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_THAT(files, ElementsAre(path("train-images-idx3-ubyte"), path("train-labels-idx1-ubyte"),
                                 path("t10k-images-idx3-ubyte"), path("t10k-labels-idx1-ubyte")));
  EXPECT_EQ(data->train.num_examples(), 70);
  EXPECT_EQ(data->validation.num_examples(), 30);
  EXPECT_EQ(data->test.num_examples(), 20);
  EXPECT_THAT(ExamplesOf(*data->validation.NextBatch(3, false)), ElementsAre(0, 1, 2));
  EXPECT_THAT(ExamplesOf(*data->train.NextBatch(2, false)), ElementsAre(30, 31));
  EXPECT_THAT(ExamplesOf(*data->train.Example(69)), ElementsAre(99));
  EXPECT_FALSE(data->train.Example(70).has_value());
}

TEST_F(MnistFiles, EachEpochHasEveryExampleOnceAndBatchesSpanEpochs) {
  Write(100, 20);
  auto data = ReadMnist(directory_.path(), {.validation_size = 0, .seed = 5});
  std::vector<int> seen;
  for (int i = 0; i < 20; ++i) {
    for (const int example : ExamplesOf(*data->train.NextBatch(15))) seen.push_back(example);
  }
  ASSERT_EQ(seen.size(), 300u);
  for (size_t epoch = 0; epoch < 3; ++epoch) {
    const auto begin = seen.begin() + static_cast<std::ptrdiff_t>(epoch) * 100;
    EXPECT_EQ(std::set<int>(begin, begin + 100).size(), 100u);
  }
  EXPECT_NE(std::vector(seen.begin(), seen.begin() + 100),
            std::vector(seen.begin() + 100, seen.begin() + 200));
  // An epoch that ends evenly is closed by the next call.
  EXPECT_EQ(data->train.epochs_completed(), 2);
  ASSERT_TRUE(data->train.NextBatch(1).has_value());
  EXPECT_EQ(data->train.epochs_completed(), 3);
}

TEST_F(MnistFiles, TheOrderIsThatOfTheTutorialWithTheSameSeed) {
  Write(12, 4);
  // NumPy: seed(7); p = arange(10); shuffle(p); order = arange(10)[p]; a second shuffled order is
  // taken from the first: order[p2].
  auto data = ReadMnist(directory_.path(), {.validation_size = 2, .seed = 7});
  EXPECT_THAT(ExamplesOf(*data->train.NextBatch(7)), ElementsAre(10, 7, 2, 4, 3, 11, 9));
  EXPECT_THAT(ExamplesOf(*data->train.NextBatch(7)), ElementsAre(5, 8, 6, 7, 4, 2, 11));
}

TEST_F(MnistFiles, ABatchThatIsKeptStays) {
  Write(50, 4);
  auto data = ReadMnist(directory_.path(), {.validation_size = 0});
  Batch kept = *data->train.NextBatch(5, false);
  const void* memory = kept.images.data();
  const Batch next = *data->train.NextBatch(5, false);
  EXPECT_THAT(ExamplesOf(kept), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THAT(ExamplesOf(next), ElementsAre(5, 6, 7, 8, 9));
  EXPECT_NE(next.images.data(), memory);
}

TEST_F(MnistFiles, MemoryIsUsedAgain) {
  Write(50, 4);
  auto data = ReadMnist(directory_.path(), {.validation_size = 0});
  const void* memory = data->train.NextBatch(5)->images.data();
  EXPECT_EQ(data->train.NextBatch(5)->images.data(), memory);
}

TEST_F(MnistFiles, RefusesBatchesThatCannotBe) {
  Write(50, 4);
  auto data = ReadMnist(directory_.path(), {.validation_size = 0});
  EXPECT_FALSE(data->train.NextBatch(0).has_value());
  EXPECT_FALSE(data->train.NextBatch(51).has_value());
  EXPECT_TRUE(data->train.NextBatch(50).has_value());
  EXPECT_FALSE(ReadMnist(directory_.path(), {.validation_size = 51}).has_value());
}

TEST_F(MnistFiles, SaysWhichFileIsMissingOrWrong) {
  EXPECT_EQ(ReadMnist(directory_.path(), {}).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(ReadMnist(directory_.path(), {}).error().message,
              HasSubstr("train-images-idx3-ubyte"));
  Write(20, 5);
  WriteSet("t10k", 5, 6);
  EXPECT_THAT(ReadMnist(directory_.path(), {.validation_size = 0}).error().message,
              HasSubstr("5 MNIST t10k images and 6 labels"));
  std::filesystem::copy_file(path("t10k-images-idx3-ubyte"), path("train-labels-idx1-ubyte"),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(ReadMnist(directory_.path(), {.validation_size = 0}).error().message,
              HasSubstr("Invalid magic number 2051 in MNIST label file, want 2049"));
  ASSERT_TRUE(WriteFileAtomically(path("train-labels-idx1-ubyte"),
                                  BigEndian(2049) + BigEndian(2) + std::string("\x03\x0a", 2))
                  .has_value());
  EXPECT_THAT(ReadMnist(directory_.path(), {.validation_size = 0}).error().message,
              HasSubstr("label 1 is 10"));
}

TEST(MnistData, FakeExamplesAreOnesLabelledZero) {
  MnistData data = FakeMnist();
  EXPECT_EQ(data.test.num_examples(), 10000);
  const Batch batch = *data.train.NextBatch(3);
  EXPECT_EQ(batch.images.shape(), (Shape{3, 784}));
  for (const float pixel : batch.images.flat<float>()) EXPECT_EQ(pixel, 1.0f);
  EXPECT_THAT(batch.labels.flat<int32_t>(), ElementsAre(0, 0, 0));
}

TEST(ScalePixels, MultipliesByTheRoundedReciprocal) {
  std::vector<uint8_t> pixels(256);
  for (size_t i = 0; i < 256; ++i) pixels[i] = static_cast<uint8_t>(i);
  std::vector<float> scaled(256);
  ScalePixels(pixels.data(), 253, scaled.data());  // Not a multiple of any vector's length.
  ScalePixels(pixels.data() + 253, 3, scaled.data() + 253);
  int unlike_quotient = 0;
  for (size_t i = 0; i < 256; ++i) {
    EXPECT_EQ(scaled[i], static_cast<float>(i) * static_cast<float>(1.0 / 255.0));
    unlike_quotient += scaled[i] != static_cast<float>(i) / 255.0f ? 1 : 0;
  }
  EXPECT_EQ(unlike_quotient, 126);
  EXPECT_EQ(scaled[255], 1.0f);
  // From TensorFlow: pixels 106 and 152 of the golden images.
  EXPECT_EQ(scaled[106], 0.41568630933761597f);
  EXPECT_EQ(scaled[152], 0.5960784554481506f);
}

}  // namespace
}  // namespace fanlight

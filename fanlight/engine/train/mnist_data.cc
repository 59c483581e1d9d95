#include "fanlight/engine/train/mnist_data.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <numeric>
#include <utility>

#include "fanlight/base/file.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/tensor/workers.h"
#include "fanlight/engine/train/mnist_data_pixels.h"

namespace fanlight {
namespace {

constexpr uint32_t kImageMagic = 2051;
constexpr uint32_t kLabelMagic = 2049;
constexpr int64_t kFakeExamples = 10000;
// What a thread copies into a batch before it takes more.
constexpr int64_t kPartRows = 10;

// The path of a file that may be gzipped. The zipped one first: it is the one that is published.
Result<std::string> FindFile(const std::string& directory, const std::string& name) {
  for (const std::string& path : {JoinPath(directory, name + ".gz"), JoinPath(directory, name)}) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return path;
  }
  return Fail(ErrorCode::kNotFound, "MNIST file {} not found, plain or with .gz, in {}", name,
              Quoted(directory));
}

Result<std::shared_ptr<const IdxArray>> ReadPart(const std::string& directory,
                                                 const std::string& name, uint32_t magic,
                                                 const MnistOptions& options) {
  FL_ASSIGN_OR_RETURN(const std::string path, FindFile(directory, name));
  if (options.on_file) options.on_file(path);
  FL_ASSIGN_OR_RETURN(IdxArray array, ReadIdx(path));
  if (array.magic() != magic) {
    return Fail(ErrorCode::kInvalidArgument,
                "Invalid magic number {} in MNIST {} file, want {}: {}", array.magic(),
                magic == kImageMagic ? "image" : "label", magic, Quoted(path));
  }
  if (magic == kLabelMagic) {
    const auto bad =
        std::ranges::find_if(array.bytes(), [](uint8_t label) { return label >= kMnistClasses; });
    if (bad != array.bytes().end()) {
      return Fail(ErrorCode::kCorrupt, "MNIST label {} is {}, want less than {}: {}",
                  bad - array.bytes().begin(), *bad, kMnistClasses, Quoted(path));
    }
  }
  return std::make_shared<const IdxArray>(std::move(array));
}

struct Pair {
  std::shared_ptr<const IdxArray> images;
  std::shared_ptr<const IdxArray> labels;
  uint32_t count() const { return images->dims()[0]; }
};

Result<Pair> ReadPair(const std::string& directory, const std::string& prefix,
                      const MnistOptions& options) {
  Pair pair;
  FL_ASSIGN_OR_RETURN(pair.images,
                      ReadPart(directory, prefix + "-images-idx3-ubyte", kImageMagic, options));
  FL_ASSIGN_OR_RETURN(pair.labels,
                      ReadPart(directory, prefix + "-labels-idx1-ubyte", kLabelMagic, options));
  const std::vector<uint32_t>& dims = pair.images->dims();
  if (dims[1] != kMnistImageSide || dims[2] != kMnistImageSide) {
    return Fail(ErrorCode::kInvalidArgument, "MNIST {} images are {} by {}, want {} by {}, in {}",
                prefix, dims[1], dims[2], kMnistImageSide, kMnistImageSide, Quoted(directory));
  }
  if (dims[0] != pair.labels->dims()[0]) {
    return Fail(ErrorCode::kInvalidArgument,
                "{} MNIST {} images and {} labels, want as many, in {}", dims[0], prefix,
                pair.labels->dims()[0], Quoted(directory));
  }
  return pair;
}

}  // namespace

DataSet::DataSet(std::shared_ptr<const IdxArray> images, std::shared_ptr<const IdxArray> labels,
                 uint32_t first, uint32_t count, std::shared_ptr<LegacyRandomState> random)
    : images_(std::move(images)),
      labels_(std::move(labels)),
      first_(first),
      num_examples_(count),
      order_(count),
      random_(std::move(random)) {
  pixels_ = int64_t{images_->dims()[1]} * images_->dims()[2];
  std::iota(order_.begin(), order_.end(), uint32_t{0});
}

DataSet DataSet::Fake() {
  DataSet set;
  set.num_examples_ = kFakeExamples;
  return set;
}

// The order itself is permuted, as the tutorial permutes its permuted arrays once more.
void DataSet::Shuffle() {
  const std::vector<uint32_t> permutation =
      random_->Permutation(static_cast<uint32_t>(num_examples_));
  std::vector<uint32_t> order(order_.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = order_[permutation[i]];
  order_ = std::move(order);
}

void DataSet::PrepareBatch(int64_t batch_size) {
  const bool fits = batch_.labels.is_valid() && batch_.labels.num_elements() == batch_size;
  if (fits && !batch_.images.is_shared() && !batch_.labels.is_shared()) return;
  batch_.images = Tensor(DType::kFloat32, Shape{batch_size, pixels_});
  batch_.labels = Tensor(DType::kInt32, Shape{batch_size});
}

void DataSet::Gather(int64_t from, int64_t to, int64_t row) {
  const auto pixels = static_cast<size_t>(pixels_);
  const std::span<float> images = batch_.images.mutable_flat<float>();
  const std::span<int32_t> labels = batch_.labels.mutable_flat<int32_t>();
  const auto copy = [&](int64_t i) {
    const size_t example = size_t{first_} + order_[static_cast<size_t>(from + i)];
    const auto to_row = static_cast<size_t>(row + i);
    ScalePixels(images_->bytes().subspan(example * pixels, pixels).data(), pixels,
                images.subspan(to_row * pixels, pixels).data());
    labels[to_row] = labels_->bytes()[example];
  };
  // Images that stand anywhere in 47 MB are waited for: with two at a time for half as long.
  Workers& workers = *Workers::OfProcess();
  const int64_t count = to - from;
  workers.ForEachPart((count + kPartRows - 1) / kPartRows, workers.max_threads(),
                      [&](int64_t part) {
                        const int64_t end = std::min(count, (part + 1) * kPartRows);
                        for (int64_t i = part * kPartRows; i < end; ++i) copy(i);
                      });
}

Result<Batch> DataSet::NextBatch(int64_t batch_size, bool shuffle) {
  if (batch_size < 1 || (batch_size > num_examples_ && images_ != nullptr) ||
      batch_size > std::numeric_limits<int32_t>::max() / pixels_) {
    return Fail(ErrorCode::kInvalidArgument,
                "bad batch size {}: want 1 to {}, the examples there are", batch_size,
                num_examples_);
  }
  PrepareBatch(batch_size);
  if (images_ == nullptr) {
    std::ranges::fill(batch_.images.mutable_flat<float>(), 1.0f);
    std::ranges::fill(batch_.labels.mutable_flat<int32_t>(), 0);
    return batch_;
  }
  if (epochs_completed_ == 0 && index_in_epoch_ == 0 && shuffle) Shuffle();
  const int64_t start = index_in_epoch_;
  if (start + batch_size <= num_examples_) {
    index_in_epoch_ += batch_size;
    Gather(start, index_in_epoch_, 0);
    return batch_;
  }
  ++epochs_completed_;
  const int64_t rest = num_examples_ - start;
  Gather(start, num_examples_, 0);
  if (shuffle) Shuffle();
  index_in_epoch_ = batch_size - rest;
  Gather(0, index_in_epoch_, rest);
  return batch_;
}

Result<Batch> DataSet::Example(int64_t index) {
  if (images_ == nullptr || index < 0 || index >= num_examples_) {
    return Fail(ErrorCode::kOutOfRange, "no image {}: there are {}, counted from 0", index,
                images_ == nullptr ? 0 : num_examples_);
  }
  Batch one{Tensor(DType::kFloat32, Shape{1, pixels_}), Tensor(DType::kInt32, Shape{1})};
  const auto pixels = static_cast<size_t>(pixels_);
  const size_t example = size_t{first_} + static_cast<size_t>(index);
  ScalePixels(images_->bytes().subspan(example * pixels, pixels).data(), pixels,
              one.images.mutable_flat<float>().data());
  one.labels.mutable_flat<int32_t>()[0] = labels_->bytes()[example];
  return one;
}

Result<MnistData> ReadMnist(const std::string& directory, const MnistOptions& options) {
  FL_ASSIGN_OR_RETURN(const Pair train, ReadPair(directory, "train", options));
  FL_ASSIGN_OR_RETURN(const Pair test, ReadPair(directory, "t10k", options));
  if (options.validation_size < 0 || options.validation_size > train.count()) {
    return Fail(ErrorCode::kInvalidArgument,
                "Validation size should be between 0 and {}. Received: {}.", train.count(),
                options.validation_size);
  }
  // The three sets draw from one state, as they do from NumPy's global one.
  const auto random = std::make_shared<LegacyRandomState>(options.seed);
  const auto validation = static_cast<uint32_t>(options.validation_size);
  return MnistData{
      .train = DataSet(train.images, train.labels, validation, train.count() - validation, random),
      .validation = DataSet(train.images, train.labels, 0, validation, random),
      .test = DataSet(test.images, test.labels, 0, test.count(), random)};
}

MnistData FakeMnist() { return {DataSet::Fake(), DataSet::Fake(), DataSet::Fake()}; }

}  // namespace fanlight

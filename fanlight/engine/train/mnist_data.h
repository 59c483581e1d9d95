// The MNIST images as the tutorial reads them: three sets, batches in its order.
//
//   FL_ASSIGN_OR_RETURN(MnistData data, ReadMnist("data", {}));
//   FL_ASSIGN_OR_RETURN(const Batch batch, data.train.NextBatch(100));
//   session->Run({.feeds = {{images, batch.images}, {labels, batch.labels}}, ...});
//
// Source: TensorFlow 1.x, contrib/learn/python/learn/datasets/mnist.py.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/engine/tensor/tensor.h"
#include "fanlight/engine/train/idx.h"
#include "fanlight/engine/train/legacy_random.h"

namespace fanlight {

inline constexpr int64_t kMnistClasses = 10;
inline constexpr int64_t kMnistImageSide = 28;
inline constexpr int64_t kMnistImagePixels = kMnistImageSide * kMnistImageSide;

struct Batch {
  Tensor images;  // [batch, pixels] float32, from 0 to 1.
  Tensor labels;  // [batch] int32.
};

// Images with labels, handed out in batches, epoch by epoch, each epoch in a new order. The images
// stay bytes; a batch is converted as it is gathered. Not thread-safe, nor are two sets that share
// a random state.
class DataSet {
 public:
  DataSet() = default;
  // Rows [first, first + count) of `images` [n, rows, columns] and `labels` [n].
  DataSet(std::shared_ptr<const IdxArray> images, std::shared_ptr<const IdxArray> labels,
          uint32_t first, uint32_t count, std::shared_ptr<LegacyRandomState> random);
  // 10,000 examples of a set that has none: its batches are all ones, labelled 0.
  static DataSet Fake();

  int64_t num_examples() const { return num_examples_; }
  int64_t epochs_completed() const { return epochs_completed_; }

  // The next examples. Where fewer than `batch_size` are left, they come first, and then the new
  // order begins. Without `shuffle` the order stays. The tensors' memory is used again by the next
  // call, unless a copy of them is kept.
  // Errors: kInvalidArgument, for a batch size below 1 or above the number of examples.
  Result<Batch> NextBatch(int64_t batch_size, bool shuffle = true);

  // Example `index` in the order of the file, as NextBatch() gives it.
  // Errors: kOutOfRange, when there is none.
  Result<Batch> Example(int64_t index);

 private:
  void Shuffle();
  // Appends examples [from, to) of the present order to the batch, from its row `row` on.
  void Gather(int64_t from, int64_t to, int64_t row);
  void PrepareBatch(int64_t batch_size);

  std::shared_ptr<const IdxArray> images_;
  std::shared_ptr<const IdxArray> labels_;
  uint32_t first_ = 0;
  int64_t num_examples_ = 0;
  int64_t pixels_ = kMnistImagePixels;
  std::vector<uint32_t> order_;
  std::shared_ptr<LegacyRandomState> random_;
  int64_t index_in_epoch_ = 0;
  int64_t epochs_completed_ = 0;
  Batch batch_;  // Handed out; written again once nobody else holds it.
};

struct MnistData {
  DataSet train;
  DataSet validation;
  DataSet test;
};

struct MnistOptions {
  int64_t validation_size = 5000;  // Taken from the front of the training images.
  std::optional<uint32_t> seed{};  // Of the orders; without it each run has its own.
  // Told each file's path before it is read.
  std::function<void(const std::string& path)> on_file{};
};

// Reads the four files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
// t10k-labels-idx1-ubyte, each with or without ".gz", from `directory`.
// Errors: kNotFound, when a file is missing: the message names it; kInvalidArgument, when a file is
//         not of its kind or the numbers of images and labels differ; those of ReadIdx().
Result<MnistData> ReadMnist(const std::string& directory, const MnistOptions& options);

// The three sets of --fake_data.
MnistData FakeMnist();

}  // namespace fanlight

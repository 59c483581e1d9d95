// Writes a bundle: a checkpoint of version 2 (bundle_format.h), byte for byte as TensorFlow would.
//
//   FL_ASSIGN_OR_RETURN(auto writer, BundleWriter::Create("logs/model.ckpt-999", {}));
//   FL_TRY(writer->Add("weights", weights));
//   FL_TRY(writer->Finish());
//
// Until Finish() returns, whatever was at the prefix stays there, whole; see bundle_files.h. A
// writer that is dropped before leaves nothing behind. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/result.h"
#include "fanlight/engine/checkpoint/bundle_format.h"
#include "fanlight/engine/checkpoint/data_writer.h"
#include "fanlight/engine/tensor/tensor.h"

namespace fanlight::checkpoint {

class BundleWriter {
 public:
  struct Options {
    // fsync files and directory, so that the checkpoint survives a power cut. Without it, it still
    // survives the end of the process.
    bool sync = true;
    int num_shards = 1;  // Data files.
  };
  // Errors: kNotFound, when the prefix's directory does not exist; kPermissionDenied, kIo.
  static Result<std::unique_ptr<BundleWriter>> Create(std::string prefix, Options options);
  ~BundleWriter();
  BundleWriter(const BundleWriter&) = delete;
  BundleWriter& operator=(const BundleWriter&) = delete;

  // What is added from now on goes to this data file; at first to 0.
  void UseShard(int shard);
  // Appends a tensor's bytes. The data file keeps the order of these calls, the index sorts.
  // Errors: kInvalidArgument, for an empty name, one that begins with a zero byte, or one that was
  // added already; kUnimplemented, for resources and variants; kIo, such as a full disk.
  Status Add(std::string_view name, const Tensor& tensor);
  // Appends one slice of the tensor `name`, whose whole shape is sliced.full. Its other slices may
  // come in any order, also in other bundles that are merged with this one.
  // Errors: as Add(), and kInvalidArgument, when the tensor is not of the slice's shape, or the
  // slices of a name differ in dtype or whole shape or overlap.
  Status AddSlice(std::string_view name, const SlicedShape& sliced, const Tensor& tensor);

  // Makes the checkpoint appear at the prefix. Nothing may be called after it.
  Status Finish();

 private:
  BundleWriter(std::string prefix, Options options);
  // Appends the tensor's bytes to the data file and fills in where they are.
  Status Append(const Tensor& tensor, BundleEntry& entry);
  Status AppendStrings(std::span<const std::string> strings, uint32_t* crc);
  Status CheckName(std::string_view name) const;

  const std::string prefix_;
  const Options options_;
  std::vector<std::unique_ptr<DataWriter>> data_;  // The shards.
  int32_t shard_ = 0;
  std::map<std::string, BundleEntry, std::less<>> entries_;
  bool is_finished_ = false;
};

// Makes one checkpoint of several, each of which holds some of its variables or slices, as a
// sharded saver does: their data files become its shards, in this order, and the parts are gone.
// Errors: kInvalidArgument, when a name that is not sliced is in two of them, when they differ in
//         byte order or version, or when there is none; what reading and writing give.
Status MergeBundles(std::span<const std::string> part_prefixes, const std::string& prefix,
                    BundleWriter::Options options);

}  // namespace fanlight::checkpoint

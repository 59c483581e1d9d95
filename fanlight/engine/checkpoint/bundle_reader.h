// Reads a bundle: a checkpoint of version 2 (bundle_format.h), of one or many shards, with whole or
// sliced tensors, of either byte order. Object-based checkpoints of TensorFlow 2 are bundles too:
// their names are paths of attributes that end in "/.ATTRIBUTES/VARIABLE_VALUE". Their variables
// are found by the path without that end, and by the variable's own name where no other has it.
//
//   FL_ASSIGN_OR_RETURN(auto reader, BundleReader::Open("logs/model.ckpt-999"));
//   for (const auto& variable : reader->variables()) Show(variable.name, variable.shape);
//   FL_ASSIGN_OR_RETURN(const Tensor weights, reader->Read("hidden1/weights"));
//
// Every checksum is verified, and every size is compared with the files before memory is taken for
// it. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/file.h"
#include "fanlight/base/mutex.h"
#include "fanlight/base/result.h"
#include "fanlight/engine/checkpoint/bundle_format.h"
#include "fanlight/engine/checkpoint/table_reader.h"
#include "fanlight/engine/tensor/tensor.h"

namespace fanlight::checkpoint {

class BundleReader {
 public:
  struct Variable {
    std::string name;
    BundleEntry entry;
  };

  // Reads the index; data files are opened when a tensor of theirs is read.
  // Errors: kNotFound, when there is no index at the prefix; kCorrupt, when it is damaged: the
  //         message names file and offset; kUnimplemented, for newer versions and unknown types.
  static Result<std::unique_ptr<BundleReader>> Open(const std::string& prefix);

  // Opens a data file when a tensor of it is read.
  using OpenShard = std::function<Result<File>(int32_t shard, int32_t num_shards)>;
  // The same of files that lie elsewhere, such as in memory; `prefix` stands in messages.
  static Result<std::unique_ptr<BundleReader>> FromIndex(std::string prefix, std::string_view index,
                                                         OpenShard open_shard);

  const std::string& prefix() const { return prefix_; }
  const BundleHeader& header() const { return header_; }
  // Sorted by name; slices are within their variable's entry.
  const std::vector<Variable>& variables() const { return variables_; }
  // nullptr when there is none of that name. The Variable has the name that is in the index.
  const Variable* Find(std::string_view name) const;
  // The entry of a stored slice, as the variable's entry lists it; nullptr when it is missing.
  const BundleEntry* FindSlice(std::string_view name, const TensorSlice& slice) const;

  // The tensor `name`, put together from its slices where it is sliced.
  // Errors: kNotFound, no such name; kDataLoss, its checksum is wrong; kOutOfRange, the data file
  //         ends too early; kCorrupt, entry and shape contradict each other, or slices are missing
  //         or overlap; kUnimplemented, for resources and variants. Each concerns this tensor only.
  Result<Tensor> Read(std::string_view name) const;
  // The same into `into`, whose buffer, which nobody else may share, is used when dtype and shape
  // are the stored ones; after an error its elements are undefined.
  Status ReadInto(std::string_view name, Tensor& into) const;
  // The same, but its elements stay in the pages of the data file where they can: no memory, and a
  // gigabyte is there at once. Files that hold it may be replaced and removed meanwhile, but must
  // not be made shorter (MappedBytes).
  Result<Tensor> View(std::string_view name) const;
  // Whether Read() would succeed now, without memory for the tensor where it is stored whole.
  Status Verify(std::string_view name) const;
  // A part of it. Stored slices that have nothing in common with it are not read.
  // Errors: kInvalidArgument too, when the slice leaves the tensor.
  Result<Tensor> ReadSlice(std::string_view name, const TensorSlice& slice) const;

 private:
  struct Shard {
    File file;
    uint64_t size = 0;
  };

  BundleReader(std::string prefix, BundleHeader header, OpenShard open_shard)
      : prefix_(std::move(prefix)), header_(header), open_shard_(std::move(open_shard)) {}
  static Result<std::unique_ptr<BundleReader>> FromTable(std::string prefix,
                                                         const std::string& index_path,
                                                         const Table& index, OpenShard open_shard);
  const Variable* FindKey(std::string_view key) const;
  // Fills object_names_ from an object-based checkpoint.
  void ReadObjectNames() const;
  Result<Tensor> ReadStored(std::string_view name, const BundleEntry& entry) const;
  // Reads the entry's bytes into a tensor of its dtype, no strings, and shape.
  Status FillStored(std::string_view name, const BundleEntry& entry, Tensor& tensor) const;
  Result<Tensor> ReadStrings(std::string_view name, const BundleEntry& entry,
                             const Shard& shard) const;
  // Whether the entry's bytes are as many as its dtype and shape take.
  Status CheckSize(std::string_view name, const BundleEntry& entry) const;
  // The entries of a variable's slices, in the order of entry.slices; checked against overlaps.
  Result<std::vector<const BundleEntry*>> SliceEntries(const Variable& variable) const;
  // The shard that holds the entry's bytes, which it is long enough for.
  Result<const Shard*> ShardOf(std::string_view name, const BundleEntry& entry) const;
  tl::unexpected<Error> ChecksumMismatch(std::string_view name, const BundleEntry& entry,
                                         const Shard& shard, uint32_t got) const;

  const std::string prefix_;
  const BundleHeader header_;
  const OpenShard open_shard_;
  std::vector<Variable> variables_;            // Constant after Open().
  std::map<std::string, BundleEntry> slices_;  // By slice key. Constant after Open().
  mutable std::once_flag object_names_read_;
  // Constant once object_names_read_. nullptr: several variables have this name.
  mutable std::map<std::string, const Variable*, std::less<>> object_names_;
  mutable Mutex mutex_;                                            // Guards what follows.
  mutable std::map<int32_t, Shard> shards_ FL_GUARDED_BY(mutex_);  // Those opened so far.
};

}  // namespace fanlight::checkpoint

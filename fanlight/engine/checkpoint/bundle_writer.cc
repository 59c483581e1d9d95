#include "fanlight/engine/checkpoint/bundle_writer.h"

#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/bundle_files.h"
#include "fanlight/engine/checkpoint/table_reader.h"
#include "fanlight/engine/checkpoint/table_writer.h"
#include "fanlight/engine/checkpoint/varint.h"

namespace fanlight::checkpoint {
namespace {

// A file under construction, locked for as long as it is open (RemoveAbandonedStagedFiles).
Result<File> CreateStaged(const std::string& final_path) {
  FL_ASSIGN_OR_RETURN(File file, File::CreateNew(StagedName(final_path)));
  // File systems without locks are fine: nobody can take it for abandoned there.
  ::flock(file.descriptor(), LOCK_EX | LOCK_NB);
  return file;
}

// The bytes of an index with these entries.
std::string EncodeIndex(const BundleHeader& header,
                        const std::map<std::string, BundleEntry, std::less<>>& entries) {
  TableWriter table;
  table.Add("", EncodeHeader(header));
  for (const auto& [key, entry] : entries) table.Add(key, EncodeEntry(entry));
  return std::move(table).Finish();
}

Status PublishWithIndex(const std::string& prefix, std::span<const std::string> staged_data,
                        std::string_view index, bool sync) {
  Result<File> file = CreateStaged(IndexPath(prefix));
  const auto publish = [&]() -> Status {
    FL_TRY(file->Write(index));
    if (sync) FL_TRY(file->Sync());
    return PublishBundle(prefix, staged_data, file->path(), sync);
  };
  const Status done = file ? publish() : Status(tl::unexpected<Error>(file.error()));
  if (!done && file) ::unlink(file->path().c_str());
  return done;
}

bool Overlap(const TensorSlice& a, const TensorSlice& b, const Shape& full) {
  const Result<TensorSlice> resolved_a = Resolve(a, full);
  const Result<TensorSlice> resolved_b = Resolve(b, full);
  return resolved_a && resolved_b && Intersect(*resolved_a, *resolved_b).has_value();
}

// Adds a slice to the entry of its tensor.
Status RegisterSlice(std::string_view name, const TensorSlice& slice, BundleEntry& whole) {
  for (const TensorSlice& other : whole.slices) {
    if (Overlap(slice, other, whole.shape)) {
      return Fail(ErrorCode::kInvalidArgument, "slices {} and {} of {} overlap",
                  Quoted(ToString(other)), Quoted(ToString(slice)), Quoted(name));
    }
  }
  whole.slices.push_back(slice);
  return {};
}

}  // namespace

Result<std::unique_ptr<BundleWriter>> BundleWriter::Create(std::string prefix, Options options) {
  RemoveAbandonedStagedFiles(prefix);
  RemoveAbandonedParts(prefix);
  std::unique_ptr<BundleWriter> writer(new BundleWriter(std::move(prefix), options));
  for (int32_t shard = 0; shard < options.num_shards; ++shard) {
    FL_ASSIGN_OR_RETURN(File data,
                        CreateStaged(DataPath(writer->prefix_, shard, options.num_shards)));
    writer->data_.push_back(std::make_unique<DataWriter>(
        std::move(data),
        DataWriter::Options{.ways =
                                options.sync ? WriteWays(WriteWay::kPastPageCache) : WriteWays()}));
  }
  return writer;
}

BundleWriter::BundleWriter(std::string prefix, Options options)
    : prefix_(std::move(prefix)), options_(options) {
  FL_CHECK(options.num_shards > 0, "a checkpoint has a data file at least");
}

BundleWriter::~BundleWriter() {
  if (is_finished_) return;
  for (const auto& data : data_) ::unlink(data->file().path().c_str());
}

void BundleWriter::UseShard(int shard) {
  FL_CHECK(shard >= 0 && shard < options_.num_shards, "a shard of this checkpoint");
  shard_ = shard;
}

Status BundleWriter::CheckName(std::string_view name) const {
  if (name.empty() || name.front() == '\0') {
    return Fail(ErrorCode::kInvalidArgument,
                "bad variable name {} in a checkpoint: want at least one byte, the first not zero",
                Quoted(name));
  }
  return {};
}

Status BundleWriter::Add(std::string_view name, const Tensor& tensor) {
  FL_TRY(CheckName(name));
  if (entries_.contains(name)) {
    return Fail(ErrorCode::kInvalidArgument, "variable {} added twice to the checkpoint {}",
                Quoted(name), Quoted(prefix_));
  }
  BundleEntry entry;
  FL_TRY(Append(tensor, entry));
  entries_.emplace(name, std::move(entry));
  return {};
}

Status BundleWriter::AddSlice(std::string_view name, const SlicedShape& sliced,
                              const Tensor& tensor) {
  FL_TRY(CheckName(name));
  if (tensor.shape() != sliced.part) {
    return Fail(ErrorCode::kInvalidArgument, "slice {} of {}: got a tensor of shape {}, want {}",
                Quoted(ToString(sliced.slice)), Quoted(name), ToString(tensor.shape()),
                ToString(sliced.part));
  }
  if (sliced.part == sliced.full) return Add(name, tensor);
  BundleEntry whole;
  const auto known = entries_.find(name);
  if (known != entries_.end()) {
    whole = known->second;
    if (whole.slices.empty() || whole.dtype != tensor.dtype() || whole.shape != sliced.full) {
      return Fail(ErrorCode::kInvalidArgument,
                  "slice of {} contradicts what was added before: got {} of {}, want {} of {}",
                  Quoted(name), DTypeName(tensor.dtype()), ToString(sliced.full),
                  DTypeName(whole.dtype), ToString(whole.shape));
    }
  } else {
    whole.dtype = tensor.dtype();
    whole.shape = sliced.full;
  }
  FL_TRY(RegisterSlice(name, sliced.slice, whole));
  BundleEntry part;
  FL_TRY(Append(tensor, part));
  entries_.insert_or_assign(EncodeSliceKey(name, sliced.slice), std::move(part));
  entries_.insert_or_assign(std::string(name), std::move(whole));
  return {};
}

Status BundleWriter::Append(const Tensor& tensor, BundleEntry& entry) {
  FL_CHECK(!is_finished_, "a finished BundleWriter takes no tensors");
  entry.dtype = tensor.dtype();
  entry.shape = tensor.shape();
  DataWriter& data = *data_[static_cast<size_t>(shard_)];
  entry.shard = shard_;
  entry.offset = data.offset();
  uint32_t crc = 0;
  if (tensor.dtype() == DType::kString) {
    FL_TRY(AppendStrings(tensor.flat<std::string>(), &crc));
  } else if (DTypeSize(tensor.dtype()) == 0) {
    return Fail(ErrorCode::kUnimplemented, "a checkpoint cannot hold elements of type {}",
                DTypeName(tensor.dtype()));
  } else {
    FL_TRY(data.Append(tensor.bytes(), &crc));
  }
  entry.size = data.offset() - entry.offset;
  entry.masked_crc32c = MaskCrc32c(crc);
  return {};
}

// Lengths as varints, the masked checksum of the lengths as fixed numbers, the bytes. The entry's
// checksum runs over the fixed lengths, the four bytes of their checksum, and the bytes.
Status BundleWriter::AppendStrings(std::span<const std::string> strings, uint32_t* crc) {
  std::string lengths;
  uint32_t running = 0;
  for (const std::string& text : strings) {
    AppendVarint(lengths, text.size());
    char fixed[8];
    const bool fits = text.size() <= std::numeric_limits<uint32_t>::max();
    StoreLittleEndian(fixed, uint64_t{text.size()});
    running = Crc32cExtend(running, std::as_bytes(std::span(fixed).first(fits ? 4 : 8)));
  }
  char checksum[4];
  StoreLittleEndian(checksum, MaskCrc32c(running));
  lengths.append(checksum, sizeof(checksum));
  running = Crc32cExtend(running, std::as_bytes(std::span(checksum)));
  DataWriter& data = *data_[static_cast<size_t>(shard_)];
  FL_TRY(data.Append(std::as_bytes(std::span(lengths)), nullptr));
  for (const std::string& text : strings) {
    FL_TRY(data.Append(std::as_bytes(std::span(text)), &running));
  }
  *crc = running;
  return {};
}

Status BundleWriter::Finish() {
  FL_CHECK(!is_finished_, "BundleWriter::Finish() called twice");
  std::vector<std::string> staged;
  for (const auto& data : data_) {
    FL_TRY(data->Finish(options_.sync));
    staged.push_back(data->file().path());
  }
  const BundleHeader header{.num_shards = options_.num_shards};
  FL_TRY(PublishWithIndex(prefix_, staged, EncodeIndex(header, entries_), options_.sync));
  is_finished_ = true;
  for (const auto& data : data_) FL_TRY(data->Close());
  return {};
}

Status MergeBundles(std::span<const std::string> part_prefixes, const std::string& prefix,
                    BundleWriter::Options options) {
  if (part_prefixes.empty()) {
    return Fail(ErrorCode::kInvalidArgument, "no checkpoints to merge into {}", Quoted(prefix));
  }
  RemoveAbandonedStagedFiles(prefix);
  BundleHeader header;
  std::map<std::string, BundleEntry, std::less<>> entries;
  std::vector<std::string> data;
  for (const std::string& part : part_prefixes) {
    const std::string index_path = IndexPath(part);
    FL_ASSIGN_OR_RETURN(const Table table, ReadTableFile(index_path));
    const std::optional<std::string_view> header_bytes = table.Find("");
    if (!header_bytes) {
      return Fail(ErrorCode::kCorrupt, "checkpoint without a header: {}", Quoted(index_path));
    }
    FL_ASSIGN_OR_RETURN(const BundleHeader part_header,
                        DecodeHeader(*header_bytes, Quoted(index_path)));
    if (data.empty()) {
      header = part_header;
    } else if (header.is_big_endian != part_header.is_big_endian ||
               header.producer != part_header.producer ||
               header.min_consumer != part_header.min_consumer) {
      return Fail(ErrorCode::kInvalidArgument,
                  "checkpoints to merge differ in byte order or version: {} and {}",
                  Quoted(part_prefixes.front()), Quoted(part));
    }
    const auto first_shard = static_cast<int32_t>(data.size());
    for (int32_t shard = 0; shard < part_header.num_shards; ++shard) {
      data.push_back(DataPath(part, shard, part_header.num_shards));
    }
    for (const Table::Entry& item : table.entries()) {
      if (item.key.empty()) continue;
      FL_ASSIGN_OR_RETURN(
          BundleEntry entry,
          DecodeEntry(item.value, fmt::format("{} in {}", Quoted(item.key), Quoted(index_path))));
      const auto known = entries.find(item.key);
      if (known == entries.end()) {
        if (entry.slices.empty()) entry.shard += first_shard;
        entries.emplace(item.key, std::move(entry));
        continue;
      }
      BundleEntry& whole = known->second;
      if (whole.slices.empty() || entry.slices.empty() || whole.dtype != entry.dtype ||
          whole.shape != entry.shape) {
        return Fail(ErrorCode::kInvalidArgument, "variable {} is in two checkpoints to merge: {}",
                    Quoted(item.key), Quoted(part));
      }
      for (const TensorSlice& slice : entry.slices) {
        FL_TRY(RegisterSlice(item.key, slice, whole));
      }
    }
  }
  header.num_shards = static_cast<int32_t>(data.size());
  if (options.sync) {
    for (const std::string& path : data) {
      FL_ASSIGN_OR_RETURN(File file, File::OpenForReading(path));
      FL_TRY(file.Sync());
    }
  }
  FL_TRY(PublishWithIndex(prefix, data, EncodeIndex(header, entries), options.sync));
  for (const std::string& part : part_prefixes) FL_TRY(RemoveBundle(part));
  return {};
}

}  // namespace fanlight::checkpoint

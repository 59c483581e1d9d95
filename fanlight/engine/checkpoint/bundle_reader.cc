#include "fanlight/engine/checkpoint/bundle_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/box_copy.h"
#include "fanlight/engine/checkpoint/bundle_files.h"
#include "fanlight/engine/checkpoint/checked_read.h"
#include "fanlight/engine/checkpoint/varint.h"
#include "fanlight/proto/checkpoint.pb.h"
#include "fanlight/proto/parse.h"

namespace fanlight::checkpoint {
namespace {

// What TensorFlow 2 calls the tensor of a variable among the object's attributes.
constexpr std::string_view kVariableValue = "VARIABLE_VALUE";
constexpr std::string_view kAttributePath = "/.ATTRIBUTES/";
// What is smaller is read rather than mapped.
constexpr uint64_t kMinViewBytes = uint64_t{64} << 10;
// The tensor that tells an object-based checkpoint's objects.
constexpr std::string_view kObjectGraph = "_CHECKPOINTABLE_OBJECT_GRAPH";

template <typename Number>
void SwapEach(std::span<std::byte> bytes) {
  for (size_t at = 0; at + sizeof(Number) <= bytes.size(); at += sizeof(Number)) {
    StoreLittleEndian(&bytes[at], LoadBigEndian<Number>(&bytes[at]));
  }
}

// Turns big-endian elements into the machine's. A complex number is two.
void SwapElements(DType dtype, std::span<std::byte> bytes) {
  const size_t element_bytes = DTypeSize(dtype);
  switch (IsComplex(dtype) ? element_bytes / 2 : element_bytes) {
    case 2:
      return SwapEach<uint16_t>(bytes);
    case 4:
      return SwapEach<uint32_t>(bytes);
    case 8:
      return SwapEach<uint64_t>(bytes);
    default:
      return;
  }
}

}  // namespace

Result<std::unique_ptr<BundleReader>> BundleReader::Open(const std::string& prefix) {
  BundleFiles files = LocateBundle(prefix);
  const std::string index_path = files.IndexFile();
  Result<Table> table = ReadTableFile(index_path);
  if (!table) {
    return tl::unexpected<Error>(table.error().With(
        table.error().code == ErrorCode::kNotFound ? "no checkpoint here" : "damaged checkpoint"));
  }
  return FromTable(prefix, index_path, *table,
                   [files = std::move(files)](int32_t shard, int32_t num_shards) {
                     return File::OpenForReading(files.DataFile(shard, num_shards));
                   });
}

Result<std::unique_ptr<BundleReader>> BundleReader::FromIndex(std::string prefix,
                                                              std::string_view index,
                                                              OpenShard open_shard) {
  const std::string path = IndexPath(prefix);
  FL_ASSIGN_OR_RETURN(const Table table, ParseTable(index, path));
  return FromTable(std::move(prefix), path, table, std::move(open_shard));
}

Result<std::unique_ptr<BundleReader>> BundleReader::FromTable(std::string prefix,
                                                              const std::string& index_path,
                                                              const Table& index,
                                                              OpenShard open_shard) {
  const std::optional<std::string_view> header_bytes = index.Find("");
  if (!header_bytes) {
    return Fail(ErrorCode::kCorrupt, "table without a checkpoint header: {}", Quoted(index_path));
  }
  FL_ASSIGN_OR_RETURN(const BundleHeader header, DecodeHeader(*header_bytes, Quoted(index_path)));
  std::unique_ptr<BundleReader> reader(
      new BundleReader(std::move(prefix), header, std::move(open_shard)));
  for (const Table::Entry& item : index.entries()) {
    if (item.key.empty()) continue;
    const std::string where = fmt::format("{} in {}", Quoted(item.key), Quoted(index_path));
    FL_ASSIGN_OR_RETURN(BundleEntry entry, DecodeEntry(item.value, where));
    if (entry.shard >= header.num_shards) {
      return Fail(ErrorCode::kCorrupt, "checkpoint entry in shard {} of {}: {}", entry.shard,
                  header.num_shards, where);
    }
    if (IsSliceKey(item.key)) {
      reader->slices_.emplace(item.key, std::move(entry));
    } else {
      reader->variables_.push_back({item.key, std::move(entry)});
    }
  }
  return reader;
}

const BundleReader::Variable* BundleReader::FindKey(std::string_view key) const {
  const auto found = std::ranges::lower_bound(variables_, key, {}, [](const Variable& variable) {
    return std::string_view(variable.name);
  });
  return found == variables_.end() || found->name != key ? nullptr : &*found;
}

const BundleReader::Variable* BundleReader::Find(std::string_view name) const {
  if (const Variable* variable = FindKey(name)) return variable;
  if (FindKey(kObjectGraph) == nullptr) return nullptr;
  const std::string path = fmt::format("{}{}{}", name, kAttributePath, kVariableValue);
  if (const Variable* variable = FindKey(path)) return variable;
  std::call_once(object_names_read_, [this] { ReadObjectNames(); });
  const auto found = object_names_.find(name);
  return found == object_names_.end() ? nullptr : found->second;
}

void BundleReader::ReadObjectNames() const {
  // A damaged object graph gives no names; reading it by its own name tells the damage.
  const Result<Tensor> text = ReadStored(kObjectGraph, FindKey(kObjectGraph)->entry);
  if (!text || text->dtype() != DType::kString || text->num_elements() != 1) return;
  proto::TrackableObjectGraph graph;
  if (!ParseMessage(text->scalar<std::string>(), graph)) return;
  for (const auto& node : graph.nodes()) {
    for (const auto& attribute : node.attributes()) {
      const Variable* variable = FindKey(attribute.checkpoint_key());
      if (attribute.name() != kVariableValue || attribute.full_name().empty() ||
          variable == nullptr) {
        continue;
      }
      const auto [known, is_new] = object_names_.emplace(attribute.full_name(), variable);
      // TensorFlow 2 lets several variables have one name: it is none's then.
      if (!is_new && known->second != variable) known->second = nullptr;
    }
  }
}

const BundleEntry* BundleReader::FindSlice(std::string_view name, const TensorSlice& slice) const {
  const auto found = slices_.find(EncodeSliceKey(name, slice));
  return found == slices_.end() ? nullptr : &found->second;
}

Result<Tensor> BundleReader::Read(std::string_view name) const {
  const Variable* variable = Find(name);
  if (variable == nullptr) {
    return Fail(ErrorCode::kNotFound, "Key {} not found in checkpoint {}", name, Quoted(prefix()));
  }
  if (variable->entry.slices.empty()) return ReadStored(name, variable->entry);
  TensorSlice whole;
  whole.extents.resize(static_cast<size_t>(variable->entry.shape.rank()));
  return ReadSlice(name, whole);
}

Status BundleReader::ReadInto(std::string_view name, Tensor& into) const {
  const Variable* variable = Find(name);
  const bool fits = variable != nullptr && variable->entry.slices.empty() &&
                    into.dtype() == variable->entry.dtype && into.dtype() != DType::kString &&
                    into.shape() == variable->entry.shape;
  if (fits) return FillStored(name, variable->entry, into);
  FL_ASSIGN_OR_RETURN(into, Read(name));
  return {};
}

Result<Tensor> BundleReader::View(std::string_view name) const {
  const Variable* variable = Find(name);
  // Bools may be other bytes than 0 and 1 in a file, and elements of a few bytes are not worth it.
  const bool is_plain = variable != nullptr && variable->entry.slices.empty() &&
                        variable->entry.dtype != DType::kString &&
                        variable->entry.dtype != DType::kBool && !header_.is_big_endian &&
                        variable->entry.size >= kMinViewBytes;
  if (!is_plain) return Read(name);
  const BundleEntry& entry = variable->entry;
  FL_TRY(CheckSize(name, entry));
  if (entry.offset % DTypeSize(entry.dtype) != 0) return Read(name);
  FL_ASSIGN_OR_RETURN(const Shard* shard, ShardOf(name, entry));
  FL_ASSIGN_OR_RETURN(const auto mapped, MappedBytes::Map(shard->file, entry.offset, entry.size));
  FL_ASSIGN_OR_RETURN(const uint32_t crc, mapped->Checksum());
  if (crc != UnmaskCrc32c(entry.masked_crc32c)) return ChecksumMismatch(name, entry, *shard, crc);
  return Tensor::Borrow(entry.dtype, entry.shape, mapped->bytes().data(), mapped);
}

Status BundleReader::Verify(std::string_view name) const {
  const Variable* variable = Find(name);
  if (variable == nullptr || !variable->entry.slices.empty() ||
      variable->entry.dtype == DType::kString) {
    FL_TRY(Read(name));
    return {};
  }
  const BundleEntry& entry = variable->entry;
  FL_TRY(CheckSize(name, entry));
  FL_ASSIGN_OR_RETURN(const Shard* shard, ShardOf(name, entry));
  FL_ASSIGN_OR_RETURN(const uint32_t crc, ChecksumOf(shard->file, entry.offset, entry.size));
  if (crc != UnmaskCrc32c(entry.masked_crc32c)) return ChecksumMismatch(name, entry, *shard, crc);
  return {};
}

Result<Tensor> BundleReader::ReadSlice(std::string_view name, const TensorSlice& slice) const {
  const Variable* variable = Find(name);
  if (variable == nullptr) {
    return Fail(ErrorCode::kNotFound, "Key {} not found in checkpoint {}", name, Quoted(prefix()));
  }
  const BundleEntry& entry = variable->entry;
  FL_ASSIGN_OR_RETURN(const TensorSlice wanted, Resolve(slice, entry.shape));
  FL_ASSIGN_OR_RETURN(const Shape wanted_shape, ShapeOf(wanted));
  if (entry.slices.empty()) {
    FL_ASSIGN_OR_RETURN(Tensor whole, ReadStored(name, entry));
    if (wanted_shape == entry.shape) return whole;
    FL_ASSIGN_OR_RETURN(Tensor part, Tensor::Allocate(entry.dtype, wanted_shape));
    FL_ASSIGN_OR_RETURN(
        const TensorSlice all,
        Resolve({std::vector<TensorSlice::Extent>(wanted.extents.size())}, entry.shape));
    CopyBox(whole, all, part, wanted, wanted);
    return part;
  }
  FL_ASSIGN_OR_RETURN(const std::vector<const BundleEntry*> parts, SliceEntries(*variable));
  // What the stored slices, which do not overlap, have in common with the wanted one covers it when
  // it has as many elements.
  int64_t covered = 0;
  struct Piece {
    const BundleEntry* entry;
    TensorSlice stored;
    TensorSlice common;
  };
  std::vector<Piece> pieces;
  for (size_t i = 0; i < parts.size(); ++i) {
    FL_ASSIGN_OR_RETURN(TensorSlice stored, Resolve(entry.slices[i], entry.shape));
    std::optional<TensorSlice> common = Intersect(stored, wanted);
    if (!common) continue;
    FL_ASSIGN_OR_RETURN(const Shape common_shape, ShapeOf(*common));
    covered += common_shape.num_elements();
    pieces.push_back({parts[i], std::move(stored), *std::move(common)});
  }
  if (covered != wanted_shape.num_elements()) {
    return Fail(ErrorCode::kCorrupt,
                "slices of {} do not cover {}: {} of {} elements are stored, in checkpoint {}",
                Quoted(name), Quoted(ToString(slice)), covered, wanted_shape.num_elements(),
                Quoted(prefix()));
  }
  FL_ASSIGN_OR_RETURN(Tensor result, Tensor::Allocate(entry.dtype, wanted_shape));
  for (const Piece& piece : pieces) {
    FL_ASSIGN_OR_RETURN(const Tensor part, ReadStored(name, *piece.entry));
    CopyBox(part, piece.stored, result, wanted, piece.common);
  }
  return result;
}

Result<std::vector<const BundleEntry*>> BundleReader::SliceEntries(const Variable& variable) const {
  const BundleEntry& whole = variable.entry;
  std::vector<const BundleEntry*> parts;
  std::vector<TensorSlice> resolved;
  std::set<const Shard*> shards;
  uint64_t total_bytes = 0;
  uint64_t file_bytes = 0;
  for (const TensorSlice& slice : whole.slices) {
    const BundleEntry* part = FindSlice(variable.name, slice);
    if (part == nullptr) {
      return Fail(ErrorCode::kCorrupt, "slice {} of {} not found in checkpoint {}",
                  Quoted(ToString(slice)), Quoted(variable.name), Quoted(prefix()));
    }
    FL_ASSIGN_OR_RETURN(TensorSlice all, Resolve(slice, whole.shape));
    FL_ASSIGN_OR_RETURN(const Shape shape, ShapeOf(all));
    if (part->dtype != whole.dtype || part->shape != shape) {
      return Fail(ErrorCode::kCorrupt,
                  "slice {} of {} contradicts it: got {} of {}, want {} of {}, in checkpoint {}",
                  Quoted(ToString(slice)), Quoted(variable.name), DTypeName(part->dtype),
                  ToString(part->shape), DTypeName(whole.dtype), ToString(shape), Quoted(prefix()));
    }
    // Places and sizes are checked now, before memory is taken for all of them together.
    FL_TRY(CheckSize(variable.name, *part));
    FL_ASSIGN_OR_RETURN(const Shard* shard, ShardOf(variable.name, *part));
    total_bytes += part->size;
    if (shards.insert(shard).second) file_bytes += shard->size;
    parts.push_back(part);
    resolved.push_back(std::move(all));
  }
  if (total_bytes > file_bytes) {
    return Fail(ErrorCode::kTooLarge,
                "slices of {} take {} bytes, more than their data files have: {}, in checkpoint {}",
                Quoted(variable.name), total_bytes, file_bytes, Quoted(prefix()));
  }
  if (std::optional<std::pair<size_t, size_t>> overlap = FindOverlap(resolved)) {
    return Fail(ErrorCode::kCorrupt, "slices {} and {} of {} overlap in checkpoint {}",
                Quoted(ToString(whole.slices[overlap->first])),
                Quoted(ToString(whole.slices[overlap->second])), Quoted(variable.name),
                Quoted(prefix()));
  }
  return parts;
}

Result<const BundleReader::Shard*> BundleReader::ShardOf(std::string_view name,
                                                         const BundleEntry& entry) const {
  const MutexLock lock(mutex_);
  auto shard = shards_.find(entry.shard);
  if (shard == shards_.end()) {
    FL_ASSIGN_OR_RETURN(File file, open_shard_(entry.shard, header_.num_shards));
    FL_ASSIGN_OR_RETURN(const uint64_t size, file.Size());
    shard = shards_.emplace(entry.shard, Shard{std::move(file), size}).first;
  }
  const Shard& found = shard->second;
  if (entry.offset > found.size || entry.size > found.size - entry.offset) {
    return Fail(ErrorCode::kOutOfRange,
                "data file too short for {}: got {} bytes, want bytes {} to {} of {}", Quoted(name),
                found.size, entry.offset, entry.offset + entry.size, Quoted(found.file.path()));
  }
  return &found;
}

tl::unexpected<Error> BundleReader::ChecksumMismatch(std::string_view name,
                                                     const BundleEntry& entry, const Shard& shard,
                                                     uint32_t got) const {
  return Fail(ErrorCode::kDataLoss,
              "checksum mismatch in {}: got 0x{:08x}, want 0x{:08x}, in bytes {} to {} of {}",
              Quoted(name), got, UnmaskCrc32c(entry.masked_crc32c), entry.offset,
              entry.offset + entry.size, Quoted(shard.file.path()));
}

Status BundleReader::CheckSize(std::string_view name, const BundleEntry& entry) const {
  const auto elements = static_cast<uint64_t>(entry.shape.num_elements());
  const size_t element_bytes = DTypeSize(entry.dtype);
  if (entry.dtype == DType::kString) {
    // A length takes a byte at least, and their checksum four.
    if (entry.size >= sizeof(uint32_t) && elements <= entry.size - sizeof(uint32_t)) return {};
    return Fail(ErrorCode::kCorrupt, "{} of {} strings takes {} bytes, too few, in checkpoint {}",
                Quoted(name), elements, entry.size, Quoted(prefix()));
  }
  if (element_bytes == 0) {
    return Fail(ErrorCode::kUnimplemented,
                "{} has elements of type {}, which cannot be read, in checkpoint {}", Quoted(name),
                DTypeName(entry.dtype), Quoted(prefix()));
  }
  if (entry.size % element_bytes != 0 || entry.size / element_bytes != elements) {
    return Fail(ErrorCode::kCorrupt, "{} of {} takes {} bytes, want {} times {}, in checkpoint {}",
                Quoted(name), ToString(entry.shape), entry.size, elements, element_bytes,
                Quoted(prefix()));
  }
  return {};
}

Result<Tensor> BundleReader::ReadStored(std::string_view name, const BundleEntry& entry) const {
  FL_TRY(CheckSize(name, entry));
  FL_ASSIGN_OR_RETURN(const Shard* shard, ShardOf(name, entry));
  if (entry.dtype == DType::kString) return ReadStrings(name, entry, *shard);
  FL_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(entry.dtype, entry.shape));
  FL_TRY(FillStored(name, entry, tensor));
  return tensor;
}

Status BundleReader::FillStored(std::string_view name, const BundleEntry& entry,
                                Tensor& tensor) const {
  FL_TRY(CheckSize(name, entry));
  FL_ASSIGN_OR_RETURN(const Shard* shard, ShardOf(name, entry));
  FL_ASSIGN_OR_RETURN(const uint32_t crc,
                      ReadChecked(shard->file, entry.offset, tensor.mutable_bytes()));
  if (crc != UnmaskCrc32c(entry.masked_crc32c)) return ChecksumMismatch(name, entry, *shard, crc);
  if (header_.is_big_endian) SwapElements(entry.dtype, tensor.mutable_bytes());
  if (entry.dtype == DType::kBool) {
    // Any other byte than 0 and 1 would be no bool to C++.
    for (std::byte& byte : tensor.mutable_bytes()) {
      byte = byte == std::byte{0} ? std::byte{0} : std::byte{1};
    }
  }
  return {};
}

Result<Tensor> BundleReader::ReadStrings(std::string_view name, const BundleEntry& entry,
                                         const Shard& shard) const {
  const auto contradicts = [&] {
    return Fail(ErrorCode::kCorrupt,
                "lengths of the strings of {} do not fit its {} bytes, in bytes {} to {} of {}",
                Quoted(name), entry.size, entry.offset, entry.offset + entry.size,
                Quoted(shard.file.path()));
  };
  const auto elements = static_cast<uint64_t>(entry.shape.num_elements());
  std::string bytes(entry.size, '\0');
  FL_ASSIGN_OR_RETURN(const size_t got,
                      shard.file.ReadAt(entry.offset, std::as_writable_bytes(std::span(bytes))));
  if (got != bytes.size()) return contradicts();

  std::string_view left = bytes;
  std::vector<uint64_t> lengths(elements);
  uint32_t crc = 0;
  uint64_t total = 0;
  for (uint64_t& length : lengths) {
    const std::optional<uint64_t> value = TakeVarint(left);
    if (!value || *value > bytes.size() || total > bytes.size()) return contradicts();
    length = *value;
    total += length;
    if (length <= std::numeric_limits<uint32_t>::max()) {
      auto fixed = static_cast<uint32_t>(length);
      if (header_.is_big_endian) fixed = ByteSwapped(fixed);
      crc = Crc32cExtend(crc, std::as_bytes(std::span(&fixed, 1)));
    } else {
      const uint64_t fixed = header_.is_big_endian ? ByteSwapped(length) : length;
      crc = Crc32cExtend(crc, std::as_bytes(std::span(&fixed, 1)));
    }
  }
  if (left.size() < sizeof(uint32_t) || left.size() - sizeof(uint32_t) != total) {
    return contradicts();
  }
  const uint32_t stored = header_.is_big_endian ? LoadBigEndian<uint32_t>(left.data())
                                                : LoadLittleEndian<uint32_t>(left.data());
  if (UnmaskCrc32c(stored) != crc) {
    return Fail(ErrorCode::kDataLoss,
                "checksum mismatch in the lengths of the strings of {}: got 0x{:08x}, want "
                "0x{:08x}, in bytes {} to {} of {}",
                Quoted(name), crc, UnmaskCrc32c(stored), entry.offset, entry.offset + entry.size,
                Quoted(shard.file.path()));
  }
  crc = Crc32cExtend(crc, std::as_bytes(std::span(left)));
  if (crc != UnmaskCrc32c(entry.masked_crc32c)) return ChecksumMismatch(name, entry, shard, crc);
  left.remove_prefix(sizeof(uint32_t));
  FL_ASSIGN_OR_RETURN(Tensor tensor, Tensor::Allocate(DType::kString, entry.shape));
  const std::span<std::string> strings = tensor.mutable_flat<std::string>();
  for (size_t i = 0; i < strings.size(); ++i) {
    strings[i].assign(left.substr(0, lengths[i]));
    left.remove_prefix(lengths[i]);
  }
  return tensor;
}

}  // namespace fanlight::checkpoint

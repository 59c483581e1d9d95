#include "fanlight/board/store/catalogue.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/text.h"
#include "fanlight/board/store/block_file.h"
#include "fanlight/board/store/byte_codec.h"

namespace fanlight::store {
namespace {

constexpr std::string_view kMagic = "FLINDEX\n";
constexpr uint32_t kVersion = 2;
constexpr size_t kFrameBytes = 8;
constexpr uint32_t kMaxRecordBytes = uint32_t{1} << 30;
// Below this it is not worth writing anew.
constexpr uint64_t kLeastStaleBytes = uint64_t{4} << 20;

uint32_t RecordCrc(std::span<const std::byte> length, std::span<const std::byte> payload) {
  return Crc32cExtend(Crc32c(length), payload);
}

}  // namespace

namespace internal {

std::vector<std::byte> EncodeCatalogueHeader(const Catalogue::Header& header) {
  ByteWriter out;
  for (const char c : kMagic) out.Put(c);
  out.Put(kVersion);
  out.Put(header.block_file);
  out.PutText(header.subject);
  out.Put(Crc32c(out.bytes()));
  return out.Take();
}

void AppendCatalogueRecord(std::vector<std::byte>& into, uint8_t kind,
                           std::span<const std::byte> body) {
  const size_t at = into.size();
  into.resize(at + kFrameBytes + 1);
  into[at + kFrameBytes] = std::byte{kind};
  into.insert(into.end(), body.begin(), body.end());
  const std::span<const std::byte> written(into);
  StoreLittleEndian(into.data() + at, static_cast<uint32_t>(1 + body.size()));
  StoreLittleEndian(into.data() + at + 4,
                    RecordCrc(written.subspan(at, 4), written.subspan(at + kFrameBytes)));
}

}  // namespace internal

Result<std::unique_ptr<Catalogue>> Catalogue::Open(const std::string& path,
                                                   const std::string& subject, bool is_writable) {
  const int descriptor = ::open(path.c_str(), (is_writable ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (descriptor < 0) return FailWithErrno("cannot open the index", path);
  std::unique_ptr<Catalogue> catalogue(new Catalogue(File(descriptor, path), {}));
  FL_TRY(catalogue->Map(subject));
  return catalogue;
}

Result<std::unique_ptr<Catalogue>> Catalogue::Create(const std::string& path,
                                                     const Header& header) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return FailWithErrno("cannot make the index", path);
  std::unique_ptr<Catalogue> catalogue(new Catalogue(File(descriptor, path), header));
  catalogue->pending_ = internal::EncodeCatalogueHeader(header);
  FL_TRY(catalogue->Flush());
  return catalogue;
}

Catalogue::~Catalogue() {
  if (!mapped_.empty()) {
    ::munmap(const_cast<std::byte*>(mapped_.data()), mapped_.size());
  }
}

Status Catalogue::Map(const std::string& subject) {
  FL_ASSIGN_OR_RETURN(end_, file_.Size());
  if (end_ > 0) {
    void* mapped = ::mmap(nullptr, end_, PROT_READ, MAP_SHARED, file_.descriptor(), 0);
    if (mapped == MAP_FAILED) return FailWithErrno("cannot map the index", file_.path());
    mapped_ = {static_cast<const std::byte*>(mapped), end_};
  }
  ByteReader in(mapped_);
  const auto magic = in.TakeRaw(kMagic.size());
  if (magic.empty() || std::memcmp(magic.data(), kMagic.data(), kMagic.size()) != 0) {
    return Fail(ErrorCode::kCorrupt, "not an index: {}", Quoted(file_.path()));
  }
  const auto version = in.Take<uint32_t>();
  if (version != kVersion) {
    return Fail(ErrorCode::kCorrupt, "an index of version {}, want {}: {}", version, kVersion,
                Quoted(file_.path()));
  }
  header_.block_file = in.Take<uint32_t>();
  header_.subject = in.TakeText();
  const auto crc = Crc32c(mapped_.first(in.position()));
  if (in.Take<uint32_t>() != crc || !in.ok()) {
    return Fail(ErrorCode::kCorrupt, "the header's checksum is wrong: {}", Quoted(file_.path()));
  }
  if (header_.subject != subject) {
    return Fail(ErrorCode::kCorrupt, "the index of another logdir, {}: {}", Quoted(header_.subject),
                Quoted(file_.path()));
  }
  Scan(in.position());
  return {};
}

void Catalogue::Scan(size_t at) {
  while (mapped_.size() - at >= kFrameBytes) {
    const auto bytes = LoadLittleEndian<uint32_t>(mapped_.data() + at);
    if (bytes == 0 || bytes > mapped_.size() - at - kFrameBytes) break;
    const auto payload = mapped_.subspan(at + kFrameBytes, bytes);
    if (RecordCrc(mapped_.subspan(at, 4), payload) !=
        LoadLittleEndian<uint32_t>(mapped_.data() + at + 4)) {
      break;
    }
    TakePayload(payload, at + kFrameBytes);
    at += kFrameBytes + bytes;
  }
  is_whole_ = at == mapped_.size();
}

void Catalogue::TakePayload(std::span<const std::byte> payload, uint64_t offset) {
  const auto kind = static_cast<uint8_t>(payload[0]);
  // A run's record begins with its name, as does the word that it is gone.
  ByteReader in(payload.subspan(1));
  std::string run(in.TakeText());
  if (!in.ok()) return;
  Place place{.offset = offset + 1, .bytes = static_cast<uint32_t>(payload.size() - 1)};
  const auto known = runs_.find(run);
  if (known != runs_.end()) {
    live_bytes_ -= known->second.bytes;
    runs_.erase(known);
  }
  if (kind != internal::kRunRecord) return;
  live_bytes_ += place.bytes;
  runs_.emplace(std::move(run), place);
}

std::span<const std::byte> Catalogue::Find(std::string_view run) const {
  const auto found = runs_.find(std::string(run));
  if (found == runs_.end()) return {};
  const Place& place = found->second;
  if (place.offset + place.bytes > mapped_.size()) return {};
  return mapped_.subspan(place.offset, place.bytes);
}

std::vector<std::string> Catalogue::RunsUnsorted() const {
  std::vector<std::string> names;
  names.reserve(runs_.size());
  for (const auto& [name, place] : runs_) names.push_back(name);
  return names;
}

void Catalogue::Append(std::string_view run, std::span<const std::byte> record) {
  if (record.size() >= kMaxRecordBytes) {
    AppendGone(run);
    return;
  }
  AppendPayload(run, internal::kRunRecord, record);
}

void Catalogue::AppendGone(std::string_view run) {
  if (!runs_.contains(std::string(run))) return;
  ByteWriter body;
  body.PutText(run);
  AppendPayload(run, internal::kRunGone, body.bytes());
}

void Catalogue::AppendPayload(std::string_view run, uint8_t kind, std::span<const std::byte> body) {
  const uint64_t offset = end_ + pending_.size() + kFrameBytes;
  internal::AppendCatalogueRecord(pending_, kind, body);
  const auto known = runs_.find(std::string(run));
  if (known != runs_.end()) {
    live_bytes_ -= known->second.bytes;
    runs_.erase(known);
  }
  if (kind != internal::kRunRecord) return;
  live_bytes_ += body.size();
  runs_.emplace(std::string(run),
                Place{.offset = offset + 1, .bytes = static_cast<uint32_t>(body.size())});
}

Status Catalogue::Flush() {
  if (pending_.empty()) return {};
  if (!WriteAllAt(file_.descriptor(), end_, pending_)) {
    return FailWithErrno("cannot write the index", file_.path());
  }
  end_ += pending_.size();
  pending_.clear();
  return {};
}

bool Catalogue::is_mostly_stale() const {
  return file_bytes() > kLeastStaleBytes && file_bytes() > 2 * live_bytes_;
}

// Without fsync: after a power failure the checksums tell, and the logs are read again. Waiting for the
// device would hold up the start.
Status Catalogue::Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return FailWithErrno("cannot name the index", to);
  return {};
}

Status Catalogue::ReadRecord(const Place& place, std::vector<std::byte>& into) const {
  into.resize(place.bytes);
  FL_ASSIGN_OR_RETURN(const size_t got, file_.ReadAt(place.offset, into));
  if (got != place.bytes) {
    return Fail(ErrorCode::kDataLoss, "the index ended early: {}", Quoted(file_.path()));
  }
  return {};
}

}  // namespace fanlight::store

#include "fanlight/board/ingest/saved_run.h"

#include <algorithm>
#include <cstring>

#include "fanlight/base/file.h"
#include "fanlight/board/store/byte_codec.h"

namespace fanlight::ingest {
namespace {

constexpr uint8_t kVersion = 1;

bool IsSameFile(const SavedFile& saved, const LogFile& now) {
  return BaseNameOf(now.path) == saved.file.path && now.identity == saved.file.identity &&
         now.size_bytes >= saved.read_bytes;
}

void PutExcerpt(store::ByteWriter& out, const Excerpt& excerpt) { out.PutBytes(excerpt.bytes()); }

Excerpt TakeExcerpt(store::ByteReader& in) {
  const auto bytes = in.TakeBytes();
  Excerpt excerpt;
  if (bytes.size() > Excerpt::kMaxBytes) {
    in.Fail();
  } else if (!bytes.empty()) {
    std::memcpy(excerpt.buffer.data(), bytes.data(), bytes.size());
    excerpt.count = static_cast<uint32_t>(bytes.size());
  }
  return excerpt;
}

}  // namespace

Excerpt Excerpt::Read(ByteSource& source, uint64_t offset, uint64_t most) {
  Excerpt excerpt;
  const auto into = std::span(excerpt.buffer).first(std::min<uint64_t>(most, kMaxBytes));
  while (excerpt.count < into.size()) {
    const size_t got =
        source.ReadAt(offset + excerpt.count, into.subspan(excerpt.count)).value_or(0);
    if (got == 0) break;
    excerpt.count += static_cast<uint32_t>(got);
  }
  return excerpt;
}

Excerpt Excerpt::Of(std::span<const std::byte> bytes) {
  Excerpt excerpt;
  excerpt.count = static_cast<uint32_t>(std::min(bytes.size(), kMaxBytes));
  std::memcpy(excerpt.buffer.data(), bytes.data(), excerpt.count);
  return excerpt;
}

bool Excerpt::operator==(const Excerpt& other) const {
  return count == other.count && std::memcmp(buffer.data(), other.buffer.data(), count) == 0;
}

std::vector<std::byte> EncodeSavedRun(const SavedRun& run) {
  store::ByteWriter out;
  out.Put(kVersion);
  out.Put(static_cast<uint32_t>(run.files.size()));
  for (const SavedFile& saved : run.files) {
    out.PutText(saved.file.path);
    out.Put(saved.file.identity.device);
    out.Put(saved.file.identity.inode);
    out.Put(saved.file.size_bytes);
    out.Put(saved.file.modified_ns);
    out.Put(saved.file.changed_ns);
    PutExcerpt(out, saved.head);
    PutExcerpt(out, saved.tail);
    out.Put(saved.position);
    out.Put(saved.read_bytes);
    out.Put(static_cast<uint8_t>(saved.is_in_step ? 1 : 0));
  }
  out.PutBytes(run.sink);
  return out.Take();
}

Result<SavedRun> DecodeSavedRun(std::span<const std::byte> bytes) {
  store::ByteReader in(bytes);
  if (in.Take<uint8_t>() != kVersion) in.Fail();
  SavedRun run;
  const uint32_t count = in.TakeCount(69);
  for (uint32_t i = 0; i < count && in.ok(); ++i) {
    SavedFile saved;
    saved.file.path = in.TakeText();
    saved.file.identity.device = in.Take<uint64_t>();
    saved.file.identity.inode = in.Take<uint64_t>();
    saved.file.size_bytes = in.Take<uint64_t>();
    saved.file.modified_ns = in.Take<int64_t>();
    saved.file.changed_ns = in.Take<int64_t>();
    saved.head = TakeExcerpt(in);
    saved.tail = TakeExcerpt(in);
    saved.position = in.Take<uint64_t>();
    saved.read_bytes = in.Take<uint64_t>();
    saved.is_in_step = in.Take<uint8_t>() != 0;
    if (saved.position > saved.read_bytes || saved.tail.count > saved.position) in.Fail();
    run.files.push_back(std::move(saved));
  }
  run.sink = in.TakeBytes();
  if (!in.ok() || !in.is_at_end()) {
    return Fail(ErrorCode::kCorrupt, "not what a loader saved, at byte {} of it", in.position());
  }
  return run;
}

bool IsUnchanged(const SavedFile& saved, const LogFile& now) {
  return IsSameFile(saved, now) && now.size_bytes == saved.file.size_bytes &&
         now.size_bytes == saved.read_bytes && now.modified_ns == saved.file.modified_ns &&
         now.changed_ns == saved.file.changed_ns;
}

bool HasOnlyGrown(const SavedFile& saved, const LogFile& now, ByteSource& source) {
  if (!IsSameFile(saved, now) || !saved.is_in_step) return false;
  return Excerpt::Read(source, 0, saved.head.count) == saved.head &&
         Excerpt::Read(source, saved.position - saved.tail.count, saved.tail.count) == saved.tail;
}

}  // namespace fanlight::ingest

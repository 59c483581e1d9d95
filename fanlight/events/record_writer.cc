#include "fanlight/events/record_writer.h"

#include <array>
#include <cstdint>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"

namespace fanlight {
namespace {

constexpr size_t kPieceBytes = size_t{256} << 10;

}  // namespace

void AppendRecord(std::string& into, Bytes payload) {
  std::array<std::byte, 12> header;
  StoreLittleEndian<uint64_t>(header.data(), payload.size());
  StoreLittleEndian<uint32_t>(header.data() + 8,
                              MaskCrc32c(Crc32c(std::span(header).first(sizeof(uint64_t)))));
  std::array<std::byte, 4> footer;
  StoreLittleEndian<uint32_t>(footer.data(), MaskCrc32c(Crc32c(payload)));
  into.append(AsText(header)).append(AsText(payload)).append(AsText(footer));
}

Status RecordWriter::Append(Bytes payload) {
  if (!status_) return status_;
  AppendRecord(pending_, payload);
  return pending_.size() < kPieceBytes ? Status{} : Flush();
}

Status RecordWriter::AppendFramed(Bytes records) {
  if (!status_) return status_;
  pending_.append(AsText(records));
  return pending_.size() < kPieceBytes ? Status{} : Flush();
}

Status RecordWriter::Flush() {
  if (!status_ || pending_.empty()) return status_;
  status_ = file_.Write(pending_);
  pending_.clear();
  return status_;
}

Status RecordWriter::Sync() {
  FL_TRY(Flush());
  status_ = file_.Sync();
  return status_;
}

Status RecordWriter::Close() {
  if (!file_.is_open()) return status_;
  const Status flushed = Flush();
  const Status closed = file_.Close();
  if (status_) status_ = flushed && !closed ? closed : flushed;
  const Status result = status_;
  if (status_)
    status_ = tl::unexpected<Error>(Error{ErrorCode::kFailedPrecondition, "closed: " + path()});
  return result;
}

}  // namespace fanlight

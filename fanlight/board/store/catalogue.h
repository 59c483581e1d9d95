// The index's list of runs: one file per logdir, appended to, checked record by record.
//
//   magic "FLINDEX\n" │ version u32 │ block file u32 │ subject: bytes u32, text │ crc32c u32
//   record: bytes u32 │ crc32c u32 of the length and the payload │ payload
//   …
//
// A payload is a kind (1: a run's record; 2: the run is gone) and the run's record or its name. The last
// record of a run counts. A record that is cut or damaged ends the list: what follows it is not known,
// so a kill at any byte loses the end at most. docs/formats/index.md has a worked example.
//
// Records may be read as long as the catalogue lives: they are mapped, and files are never cut. Those
// written since it was opened are not read back but for Rewrite().
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "fanlight/base/file.h"
#include "fanlight/base/result.h"

namespace fanlight::store {

// Not thread-safe: the Index guards it.
class Catalogue {
 public:
  struct Header {
    std::string subject;      // What is indexed, to tell logdirs apart whose names have one hash.
    uint32_t block_file = 0;  // The number in the name of the file with its blocks.
  };
  // Reads the catalogue at `path`. Errors: kNotFound; kIo; kCorrupt when it is no catalogue of this
  // version, or of another subject.
  static Result<std::unique_ptr<Catalogue>> Open(const std::string& path,
                                                 const std::string& subject, bool is_writable);
  // Makes an empty one, which must not exist. Errors: kIo, kAlreadyExists.
  static Result<std::unique_ptr<Catalogue>> Create(const std::string& path, const Header& header);
  ~Catalogue();
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  const Header& header() const { return header_; }
  // Whether all bytes of the file were records when it was opened. Only then may it be appended to.
  bool is_whole() const { return is_whole_; }

  // The record of a run as it was when the catalogue was opened; empty when there was none.
  std::span<const std::byte> Find(std::string_view run) const;
  // The names of the runs that count now, unsorted.
  std::vector<std::string> RunsUnsorted() const;

  // Takes up a record, or the word that a run is gone. It is in the file after Flush(), or sooner.
  void Append(std::string_view run, std::span<const std::byte> record);
  void AppendGone(std::string_view run);
  // Errors: kIo, and the catalogue must not be used for writing any more.
  Status Flush();
  // So much waits for it that it is worth a write.
  bool wants_flush() const { return pending_.size() >= kPieceBytes; }
  // Whether records that do not count any more take more room than those that do.
  bool is_mostly_stale() const;
  // Writes what counts to a new file at `path`, as a catalogue of `header`. `patch` may change a copy
  // of each record first, and drops it by returning false. Errors: kIo. This catalogue stays as it was.
  template <typename Patch>
  Status CopyTo(const std::string& path, const Header& header, Patch&& patch);

  const std::string& path() const { return file_.path(); }
  uint64_t file_bytes() const { return end_ + pending_.size(); }

 private:
  // A write per run would cost more than all else while thousands of small runs are read.
  static constexpr size_t kPieceBytes = size_t{64} << 10;
  struct Place {
    uint64_t offset = 0;  // Of the payload behind its kind.
    uint32_t bytes = 0;
  };
  Catalogue(File file, Header header) : file_(std::move(file)), header_(std::move(header)) {}
  Status Map(const std::string& subject);
  void Scan(size_t at);
  void TakePayload(std::span<const std::byte> payload, uint64_t offset);
  void AppendPayload(std::string_view run, uint8_t kind, std::span<const std::byte> body);
  static Status Rename(const std::string& from, const std::string& to);
  Status ReadRecord(const Place& place, std::vector<std::byte>& into) const;

  File file_;
  Header header_;
  bool is_whole_ = true;
  std::span<const std::byte> mapped_{};  // As it was when opened.
  uint64_t end_ = 0;                     // Of what was written.
  std::vector<std::byte> pending_;       // To be written there.
  std::unordered_map<std::string, Place> runs_;
  uint64_t live_bytes_ = 0;
};

namespace internal {
std::vector<std::byte> EncodeCatalogueHeader(const Catalogue::Header& header);
void AppendCatalogueRecord(std::vector<std::byte>& into, uint8_t kind,
                           std::span<const std::byte> body);
inline constexpr uint8_t kRunRecord = 1;
inline constexpr uint8_t kRunGone = 2;
}  // namespace internal

template <typename Patch>
Status Catalogue::CopyTo(const std::string& path, const Header& header, Patch&& patch) {
  FL_TRY(Flush());
  const std::string temporary = path + ".new";
  FL_ASSIGN_OR_RETURN(File out, File::CreateOrTruncate(temporary));
  FL_TRY(out.Write(internal::EncodeCatalogueHeader(header)));
  std::vector<std::byte> record;
  std::vector<std::byte> framed;
  for (const auto& [run, place] : runs_) {
    FL_TRY(ReadRecord(place, record));
    if (!patch(std::string_view(run), std::span(record))) continue;
    internal::AppendCatalogueRecord(framed, internal::kRunRecord, record);
    if (framed.size() < kPieceBytes) continue;
    FL_TRY(out.Write(framed));
    framed.clear();
  }
  FL_TRY(out.Write(framed));
  return Rename(temporary, path);
}

}  // namespace fanlight::store

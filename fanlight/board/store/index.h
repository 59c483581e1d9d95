// What earlier starts found out, kept on disk: a start that finds a logdir unchanged reads none of it.
//
//   DIRECTORY/HASH OF THE LOGDIR/   lock         who holds it writes; others read
//                                   catalogue.7  the runs: their files, series, where blocks stand
//                                   blocks.5     encoded points and blob references, mapped
//
// It is a cache. Every byte of it is checked before it is believed; what is damaged, of another version or
// gone is made anew, without a word. What cannot be written is said once, and the board goes on without.
// Files are appended to or replaced, never cut, so that whoever has them mapped may go on.
//
// One process writes the index of a logdir. Others that open the same logdir meanwhile read what is there
// and keep what they find out to themselves. docs/design/store.md says why it is made this way.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fanlight/base/mutex.h"
#include "fanlight/board/store/block_file.h"
#include "fanlight/board/store/catalogue.h"

namespace fanlight::store {

// Thread-safe.
class Index {
 public:
  struct Options {
    std::string directory{};                  // Empty: no index; blocks live in a temporary file.
    std::string subject{};                    // What is indexed: the roots of the logdir, absolute.
    uint64_t max_bytes = uint64_t{10} << 30;  // Of all logdirs' indexes in the directory together.
    std::string scratch_directory{};          // For blocks that have no place in the index.
    // Blocks that nothing refers to are left alone below this.
    uint64_t least_stale_bytes = uint64_t{64} << 20;
  };
  // Never fails: at the worst it keeps nothing.
  static std::unique_ptr<Index> Open(Options options);
  ~Index();
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  const std::shared_ptr<BlockFile>& blocks() const { return blocks_; }
  // Whether Save() has an effect.
  bool is_saving() const;

  // The record of a run as an earlier start saved it; empty when there is none. Valid as long as this
  // lives.
  std::span<const std::byte> Find(std::string_view run) const;
  void Save(std::string_view run, std::span<const std::byte> record);
  void Forget(std::string_view run);
  // The runs of the catalogue, sorted.
  std::vector<std::string> Runs() const;
  // Puts everything into the files; from now on each Save() does.
  void Settle();

 private:
  explicit Index(Options options) : options_(std::move(options)) {}
  BlockFile::Named BlocksIn(File file, uint64_t bytes, bool is_writable) const;
  // Opens what is there, or makes it. Errors say why there is no index.
  Status OpenFolder();
  // Takes the lock when it is free. False when the index can only be read.
  Result<bool> TakeLock();
  Status OpenToRead();
  Status OpenToWrite();
  Status OpenNewest(uint32_t newest, bool is_writable);
  Status MakeNew(uint32_t number);
  Status CopyLiveBlocks(uint32_t number);
  Status WriteCatalogueAnew(uint32_t number) FL_REQUIRES(mutex_);
  void RemoveOthers() const FL_REQUIRES(mutex_);
  std::string PathOf(std::string_view kind, uint32_t number) const;
  void StopSaving(const Error& error) FL_REQUIRES(mutex_);
  void KeepWithinLimit() FL_REQUIRES(mutex_);
  void FlushIfWanted() FL_REQUIRES(mutex_);

  const Options options_;
  // Constant once open.
  std::string folder_;
  std::shared_ptr<BlockFile> blocks_;
  uint64_t max_block_bytes_ = 0;
  File lock_;

  mutable Mutex mutex_;                                         // Guards what follows.
  std::unique_ptr<Catalogue> catalogue_ FL_GUARDED_BY(mutex_);  // Null when there is no index.
  uint32_t catalogue_number_ FL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Catalogue>> retired_ FL_GUARDED_BY(mutex_);  // Still looked at.
  bool is_saving_ FL_GUARDED_BY(mutex_) = false;
  bool is_settled_ FL_GUARDED_BY(mutex_) = false;
  uint64_t checked_bytes_ FL_GUARDED_BY(mutex_) =
      0;  // Of the blocks, when the limit was looked at.
};

// The directory that is used when none is named: fanlight/index in $XDG_CACHE_HOME, else in ~/.cache;
// empty when there is neither.
std::string UsualIndexDirectory();

}  // namespace fanlight::store

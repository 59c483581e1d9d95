// For tests: a source that grows piece by piece.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "fanlight/events/byte_source.h"

namespace fanlight {

// Serves `content` cut into pieces: a read ends where the present piece ends, the read after that
// gets nothing, once, and the next piece is there. It counts the bytes it gave, and fails on
// demand.
class ScriptedSource final : public ByteSource {
 public:
  // `cuts`: offsets, ascending, at which the source ends for one read. The end of `content` is the
  // last cut always.
  ScriptedSource(std::string content, std::vector<uint64_t> cuts)
      : content_(std::move(content)), cuts_(std::move(cuts)) {
    cuts_.push_back(content_.size());
  }

  Result<size_t> ReadAt(uint64_t offset, std::span<std::byte> into) override {
    ++reads_;
    if (!next_error_.message.empty()) return tl::unexpected(std::exchange(next_error_, {}));
    const uint64_t end = cuts_[piece_];
    if (offset >= end) {
      if (piece_ + 1 < cuts_.size()) ++piece_;
      return 0;
    }
    const size_t got = std::min<uint64_t>(into.size(), end - offset);
    std::memcpy(into.data(), content_.data() + offset, got);
    bytes_given_ += got;
    return got;
  }
  const std::string& name() const override { return name_; }

  // The next read fails with this error.
  void FailOnce(Error error) { next_error_ = std::move(error); }
  uint64_t bytes_given() const { return bytes_given_; }
  uint64_t reads() const { return reads_; }
  // Whether the last piece has been reached.
  bool at_last_piece() const { return piece_ + 1 == cuts_.size(); }

 private:
  std::string content_;
  std::vector<uint64_t> cuts_;
  std::string name_ = "scripted";
  size_t piece_ = 0;
  uint64_t bytes_given_ = 0;
  uint64_t reads_ = 0;
  Error next_error_;
};

}  // namespace fanlight

// Which of two ways to write a file is the faster one, found while it is written.
//
// Through the page cache is a copy where pages are at hand, and crawls where memory must first be
// got or the kernel makes writers wait; past it (O_DIRECT) is what the device does. Which wins
// depends on the machine and its hour, so both are tried, the one that loses for a small part of the
// time only.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

namespace fanlight::checkpoint {

enum class WriteWay { kThroughPageCache, kPastPageCache };

// Not thread-safe.
class WriteWays {
 public:
  struct Turn {
    WriteWay way = WriteWay::kThroughPageCache;
    size_t blocks = 0;
  };
  // For good this way.
  explicit WriteWays(WriteWay only) : only_(only) {}
  // The faster one.
  WriteWays() = default;

  // What to write next, of `blocks` that there are: at least one block.
  Turn Next(size_t blocks) const;
  void Took(Turn turn, double seconds);

 private:
  static constexpr size_t kTrialBlocks = 2;  // Few: the way may be a slow one.

  double RateOf(WriteWay way) const { return blocks_per_second_[static_cast<size_t>(way)]; }

  std::optional<WriteWay> only_;
  WriteWay faster_ = WriteWay::kThroughPageCache;
  // Of each way when it was taken last; 0 before it was.
  std::array<double, 2> blocks_per_second_{};
  size_t turn_blocks_ = kTrialBlocks;
  double seconds_until_trial_ = 0;
};

}  // namespace fanlight::checkpoint

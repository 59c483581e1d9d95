// Philox4x32-10, the counter-based generator behind random ops, as TensorFlow draws from it.
//
//   key      = low, high word of seed
//   counter  = | block number (two words) | low, high word of seed2 |
//   a block  = ten rounds over the counter  →  four 32-bit words
//
// A run of an op that makes n values draws from the blocks that follow those of the runs before,
// and moves the counter on by 256·n blocks. docs/design/engine.md tells how each op uses the words.
#pragma once

#include <array>
#include <cstdint>

#include "fanlight/base/mutex.h"

namespace fanlight {

class Philox {
 public:
  using Block = std::array<uint32_t, 4>;

  Philox() = default;
  Philox(uint64_t seed, uint64_t seed2) : key_(seed), seed2_(seed2) {}

  // The four words of a block.
  Block operator()(uint64_t block) const;

 private:
  uint64_t key_ = 0;
  uint64_t seed2_ = 0;
};

// What a Session keeps for a random op: its generator and how far it has drawn.
class RandomState {
 public:
  RandomState(uint64_t seed, uint64_t seed2) : philox_(seed, seed2) {}

  const Philox& philox() const { return philox_; }
  // The first block of a run that makes `num_values` values; the next run begins after them.
  uint64_t Reserve(int64_t num_values);
  // The first of `count` blocks, for ops that know how many they draw.
  uint64_t ReserveBlocks(uint64_t count);

 private:
  const Philox philox_;
  Mutex mutex_;  // Guards what follows.
  uint64_t next_block_ FL_GUARDED_BY(mutex_) = 0;
};

}  // namespace fanlight

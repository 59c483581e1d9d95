#include "fanlight/engine/graph/philox.h"

namespace fanlight {

Philox::Block Philox::operator()(uint64_t block) const {
  Block counter = {static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
                   static_cast<uint32_t>(seed2_), static_cast<uint32_t>(seed2_ >> 32)};
  auto key0 = static_cast<uint32_t>(key_);
  auto key1 = static_cast<uint32_t>(key_ >> 32);
  for (int round = 0; round < 10; ++round) {
    const uint64_t product0 = uint64_t{0xD2511F53} * counter[0];
    const uint64_t product1 = uint64_t{0xCD9E8D57} * counter[2];
    counter = {
        static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key0, static_cast<uint32_t>(product1),
        static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key1, static_cast<uint32_t>(product0)};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return counter;
}

uint64_t RandomState::Reserve(int64_t num_values) {
  return ReserveBlocks(256 * static_cast<uint64_t>(num_values));
}

uint64_t RandomState::ReserveBlocks(uint64_t count) {
  MutexLock lock(mutex_);
  const uint64_t first = next_block_;
  next_block_ += count;
  return first;
}

}  // namespace fanlight

// The frame of a TFRecord: sound records found in bytes that have been read already. docs/formats/tfrecord.md has the
// layout; RecordReader reads on, and deals with all that is not sound.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "fanlight/events/bytes.h"

namespace fanlight {

// The bytes of a record around its payload: 8 of length and 4 of its CRC before, 4 of CRC after.
inline constexpr size_t kRecordHeaderBytes = 12;
inline constexpr size_t kRecordFooterBytes = 4;
inline constexpr size_t kRecordFrameBytes = kRecordHeaderBytes + kRecordFooterBytes;

// Fills `payloads` with those of the records that stand one after another at the beginning of `bytes`, and returns how
// many there are: fewer than there is room for when the next one is not whole, not sound or longer than
// `max_payload_bytes`. The length's CRC is verified always.
//
// Many records at once, because each CRC is a chain of instructions that wait for one another: the processor works on
// the chains of several records at a time as long as nothing else stands between them.
size_t FindSoundRecords(Bytes bytes, uint64_t max_payload_bytes, bool verify_payload_crc,
                        std::span<Bytes> payloads);

}  // namespace fanlight

// Up to 128 blob references as bytes, in the block file:
//
//   crc32c u32 │ bytes u32 │ count u16 │ version u8 │ 0 … │ count × 40 bytes of BlobRef, as in memory
//
// The CRC covers all that follows it. BlobRef::file is the place of the file among the run's.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "fanlight/board/store/blob.h"

namespace fanlight::store {

inline constexpr uint32_t kBlobPageRefs = 128;

// Appends the page to `into`, whose length is a multiple of 8 and stays one. 1 to kBlobPageRefs references.
void EncodeBlobPage(std::span<const BlobRef> refs, std::vector<std::byte>& into);

// Whether bytes from outside are a whole, undamaged page.
bool IsIntactBlobPage(std::span<const std::byte> bytes);

// How many bytes a page of `count` references takes.
size_t BlobPageBytes(uint32_t count);
// The references of a page, which must be what EncodeBlobPage made, 8-byte aligned, and stay there.
std::span<const BlobRef> RefsOfBlobPage(const std::byte* page);

}  // namespace fanlight::store

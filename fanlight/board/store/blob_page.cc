#include "fanlight/board/store/blob_page.h"

#include <cstring>
#include <type_traits>

#include "fanlight/base/check.h"
#include "fanlight/base/crc32c.h"

namespace fanlight::store {
namespace {

struct Header {
  uint32_t crc32c;  // Of all bytes of the page behind this field.
  uint32_t bytes;
  uint16_t count;
  uint8_t version;
  uint8_t unused[5];
};
static_assert(sizeof(Header) == 16);
static_assert(sizeof(BlobRef) == 40 && std::is_trivially_copyable_v<BlobRef>);
constexpr uint8_t kVersion = 1;

}  // namespace

size_t BlobPageBytes(uint32_t count) { return sizeof(Header) + count * sizeof(BlobRef); }

void EncodeBlobPage(std::span<const BlobRef> refs, std::vector<std::byte>& into) {
  FL_CHECK(!refs.empty() && refs.size() <= kBlobPageRefs, "a page holds 1 to 128 references");
  FL_CHECK(into.size() % 8 == 0, "pages begin at multiples of 8");
  const size_t begin = into.size();
  Header header{};
  header.count = static_cast<uint16_t>(refs.size());
  header.bytes = static_cast<uint32_t>(BlobPageBytes(header.count));
  header.version = kVersion;
  into.resize(begin + header.bytes);
  std::byte* page = into.data() + begin;
  std::memcpy(page + sizeof(Header), refs.data(), refs.size_bytes());
  std::memcpy(page, &header, sizeof(Header));
  header.crc32c = Crc32c({page + sizeof(uint32_t), header.bytes - sizeof(uint32_t)});
  std::memcpy(page, &header.crc32c, sizeof(uint32_t));
}

bool IsIntactBlobPage(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(Header)) return false;
  Header header;
  std::memcpy(&header, bytes.data(), sizeof(Header));
  return header.version == kVersion && header.bytes == bytes.size() && header.count >= 1 &&
         header.count <= kBlobPageRefs && bytes.size() == BlobPageBytes(header.count) &&
         Crc32c(bytes.subspan(sizeof(uint32_t))) == header.crc32c;
}

std::span<const BlobRef> RefsOfBlobPage(const std::byte* page) {
  return {reinterpret_cast<const BlobRef*>(page + sizeof(Header)),
          reinterpret_cast<const Header*>(page)->count};
}

}  // namespace fanlight::store

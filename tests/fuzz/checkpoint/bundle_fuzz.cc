// A whole checkpoint: the first two bytes say how many index entries' bytes follow, as pairs of a
// one-byte key and a length-prefixed message; what is left is the data file. The table around the
// entries is made here, so that its checksums hold and the search gets behind them.

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "fanlight/base/file.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/table_writer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace fanlight;              // NOLINT(google-build-using-namespace)
  using namespace fanlight::checkpoint;  // NOLINT(google-build-using-namespace)
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto take = [&](size_t count) {
    const std::string_view piece = bytes.substr(0, count);
    bytes.remove_prefix(piece.size());
    return piece;
  };
  const auto take_byte = [&] {
    const std::string_view piece = take(1);
    return piece.empty() ? size_t{0} : size_t{static_cast<unsigned char>(piece[0])};
  };
  std::map<std::string, std::string> entries;
  for (size_t count = take_byte() % 16; count > 0; --count) {
    const std::string key(take(take_byte()));
    entries[key] = take(take_byte());
  }
  TableWriter table;
  for (const auto& [key, value] : entries) table.Add(key, value);

  const auto open_shard = [&](int32_t shard, int32_t num_shards) -> Result<File> {
    const std::string path = DataPath("fuzz", shard, num_shards);
    if (shard != 0) return Fail(ErrorCode::kNotFound, "no such file: {}", path);
    File file(::memfd_create("fuzz", MFD_CLOEXEC), path);
    if (!file.is_open() || !file.Write(bytes)) std::abort();
    return file;
  };
  const auto reader = BundleReader::FromIndex("fuzz", std::move(table).Finish(), open_shard);
  if (!reader) return 0;
  for (const BundleReader::Variable& variable : (*reader)->variables()) {
    const Result<Tensor> tensor = (*reader)->Read(variable.name);
    if (tensor && tensor->shape() != variable.entry.shape) std::abort();
  }
  return 0;
}

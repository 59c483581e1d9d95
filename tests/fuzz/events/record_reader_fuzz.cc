// Any bytes, in a file that grows in two steps: no crash, the same records as in one step, and each
// of them framed as it stands in the file.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/events/record_reader.h"
#include "fanlight/events/record_writer.h"
#include "fanlight/events/scripted_source.h"

namespace {

using namespace fanlight;

std::vector<uint64_t> OffsetsOf(const std::string& content, uint64_t cut) {
  std::vector<uint64_t> offsets;
  RecordReader reader(std::make_unique<ScriptedSource>(content, std::vector<uint64_t>{cut}),
                      {.max_payload_bytes = 1 << 20});
  for (int ends = 0; ends < 2;) {
    const auto record = reader.Next();
    if (!record) {
      FL_CHECK(RecordReader::IsDamage(record.error()), "an error without damage");
      const Damage& damage = reader.last_damage();
      FL_CHECK(damage.bytes > 0, "damage without bytes");
    } else if (*record) {
      std::string framed;
      AppendRecord(framed, (*record)->payload);
      FL_CHECK(content.compare((*record)->offset, framed.size(), framed) == 0, "framed otherwise");
      offsets.push_back((*record)->offset);
    } else {
      ++ends;
    }
  }
  return offsets;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string content(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<uint64_t> whole = OffsetsOf(content, 0);
  FL_CHECK(std::is_sorted(whole.begin(), whole.end()), "records out of order");
  FL_CHECK(whole == OffsetsOf(content, content.size() * data[0] / 256), "cut otherwise");
  return 0;
}

// Every golden event file decodes to the values that TensorFlow's own readers gave, and every
// record's framing is rebuilt byte for byte.

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fanlight/base/crc32c.h"
#include "fanlight/base/endian.h"
#include "fanlight/base/file.h"
#include "fanlight/events/event.h"
#include "fanlight/events/record_reader.h"
#include "fanlight/events/record_writer.h"
#include "fanlight/events/scripted_source.h"
#include "fanlight/events/summary.h"
#include "fanlight/events/tensor_value.h"

namespace fanlight {
namespace {

namespace fs = std::filesystem;

// One value of the JSON beside a golden file. Protobuf's parser, because Boost.JSON 1.81 rounds
// some numbers to a neighbour.
class Json {
 public:
  static std::shared_ptr<const google::protobuf::Value> Parse(const std::string& text) {
    auto value = std::make_shared<google::protobuf::Value>();
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text, value.get()).ok());
    return value;
  }
  explicit Json(const google::protobuf::Value& value) : value_(&value) {}

  bool is_string() const { return value_->kind_case() == google::protobuf::Value::kStringValue; }
  bool is_array() const { return value_->kind_case() == google::protobuf::Value::kListValue; }
  const std::string& text() const { return value_->string_value(); }
  // A number, or one of the strings "nan", "inf", "-inf", or an int64 as a string.
  double number() const {
    return is_string() ? std::strtod(text().c_str(), nullptr) : value_->number_value();
  }
  std::vector<Json> elements() const {
    std::vector<Json> elements;
    for (const auto& element : value_->list_value().values()) elements.emplace_back(element);
    return elements;
  }
  std::vector<double> numbers() const {
    std::vector<double> numbers;
    for (const Json& element : elements()) numbers.push_back(element.number());
    return numbers;
  }
  std::optional<Json> find(std::string_view key) const {
    const auto& fields = value_->struct_value().fields();
    const auto found = fields.find(std::string(key));
    if (found == fields.end()) return std::nullopt;
    return Json(found->second);
  }
  Json at(std::string_view key) const {
    const std::optional<Json> found = find(key);
    EXPECT_TRUE(found) << "no " << key;
    static const google::protobuf::Value null;
    return found.value_or(Json(null));
  }
  // What stands at `key`, or protobuf's default.
  double NumberAt(std::string_view key) const {
    const std::optional<Json> found = find(key);
    return found ? found->number() : 0;
  }
  std::string TextAt(std::string_view key) const {
    const std::optional<Json> found = find(key);
    return found ? found->text() : "";
  }

 private:
  const google::protobuf::Value* value_;  // Its document is kept by the caller of Parse().
};

std::string HexOf(Bytes bytes) {
  std::string hex;
  for (const std::byte byte : bytes) hex += fmt::format("{:02x}", std::to_integer<int>(byte));
  return hex;
}

std::string Sha256Of(Bytes bytes) {
  std::array<std::byte, 32> digest{};
  EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr,
             EVP_sha256(), nullptr);
  return HexOf(digest);
}

void ExpectNumber(double got, double want) {
  if (std::isnan(want)) {
    EXPECT_TRUE(std::isnan(got)) << got;
  } else {
    EXPECT_EQ(got, want);
  }
}

// Text, {"hex"}, or {"len", "sha256"}.
void ExpectBytes(Bytes got, Json want) {
  if (want.is_string()) {
    EXPECT_EQ(AsText(got), want.text());
  } else if (const std::optional<Json> hex = want.find("hex")) {
    EXPECT_EQ(HexOf(got), hex->text());
  } else {
    EXPECT_EQ(got.size(), want.NumberAt("len"));
    EXPECT_EQ(Sha256Of(got), want.TextAt("sha256"));
  }
}

// The leaves of nested arrays, in order.
void Flatten(Json value, std::vector<Json>& into) {
  if (value.is_array()) {
    for (const Json& element : value.elements()) Flatten(element, into);
  } else {
    into.push_back(value);
  }
}

void ExpectTensor(Bytes bytes, Json want) {
  const auto tensor = DecodeTensor(bytes);
  ASSERT_TRUE(tensor) << tensor.error().message;
  EXPECT_EQ(tensor->dtype, static_cast<int32_t>(want.NumberAt("dtype")));
  EXPECT_EQ(DTypeName(tensor->dtype), want.TextAt("dtype_name"));
  const std::vector<int64_t> dimensions = *DimensionsOf(*tensor);
  EXPECT_EQ(std::vector<double>(dimensions.begin(), dimensions.end()), want.at("shape").numbers());
  std::vector<Json> elements;
  Flatten(want.at("values"), elements);
  ASSERT_EQ(tensor->element_count, elements.size());
  if (DTypeName(tensor->dtype) == "string") {
    const auto strings = StringsOf(*tensor);
    ASSERT_TRUE(strings) << strings.error().message;
    ASSERT_EQ(strings->size(), elements.size());
    for (size_t i = 0; i < elements.size(); ++i) ExpectBytes((*strings)[i], elements[i]);
    return;
  }
  const auto numbers = NumbersOf(*tensor);
  ASSERT_TRUE(numbers) << numbers.error().message;
  ASSERT_EQ(numbers->size(), elements.size());
  for (size_t i = 0; i < elements.size(); ++i) ExpectNumber((*numbers)[i], elements[i].number());
  if (elements.size() == 1) ExpectNumber(*ScalarOf(*tensor), elements[0].number());
}

void ExpectHistogram(Bytes bytes, Json want) {
  const auto histogram = DecodeHistogram(bytes);
  ASSERT_TRUE(histogram) << histogram.error().message;
  EXPECT_EQ(histogram->min, want.NumberAt("min"));
  EXPECT_EQ(histogram->max, want.NumberAt("max"));
  EXPECT_EQ(histogram->num, want.NumberAt("num"));
  EXPECT_EQ(histogram->sum, want.NumberAt("sum"));
  EXPECT_EQ(histogram->sum_squares, want.NumberAt("sum_squares"));
  EXPECT_EQ(histogram->limits, want.at("bucket_limit").numbers());
  EXPECT_EQ(histogram->counts, want.at("bucket").numbers());
}

void ExpectImage(Bytes bytes, Json want) {
  const auto image = DecodeImage(bytes);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->height, static_cast<int>(want.NumberAt("height")));
  EXPECT_EQ(image->width, static_cast<int>(want.NumberAt("width")));
  EXPECT_EQ(image->colorspace, static_cast<int>(want.NumberAt("colorspace")));
  ExpectBytes(image->encoded, want.at("png"));
}

void ExpectAudio(Bytes bytes, Json want) {
  const auto audio = DecodeAudio(bytes);
  ASSERT_TRUE(audio) << audio.error().message;
  EXPECT_EQ(audio->sample_rate, static_cast<float>(want.NumberAt("sample_rate")));
  EXPECT_EQ(audio->num_channels, static_cast<int64_t>(want.NumberAt("num_channels")));
  EXPECT_EQ(audio->length_frames, static_cast<int64_t>(want.NumberAt("length_frames")));
  EXPECT_EQ(audio->content_type, want.TextAt("content_type"));
  ExpectBytes(audio->encoded, want.at("wav"));
}

void ExpectMetadata(const SummaryValueView& value, Json want_value) {
  const std::optional<Json> want = want_value.find("metadata");
  EXPECT_EQ(value.has_metadata, want.has_value());
  if (!want || !value.has_metadata) return;
  const auto metadata = DecodeSummaryMetadata(value.metadata);
  ASSERT_TRUE(metadata) << metadata.error().message;
  EXPECT_EQ(metadata->display_name, want->TextAt("display_name"));
  EXPECT_EQ(metadata->description, want->TextAt("summary_description"));
  if (const std::optional<Json> plugin = want->find("plugin_data")) {
    EXPECT_EQ(metadata->plugin_name, plugin->TextAt("plugin_name"));
    if (const std::optional<Json> content = plugin->find("content")) {
      ExpectBytes(metadata->content, *content);
    } else {
      EXPECT_TRUE(metadata->content.empty());
    }
  }
}

void ExpectValue(const SummaryValueView& value, Json want) {
  SCOPED_TRACE("tag " + std::string(value.tag));
  EXPECT_EQ(value.tag, want.TextAt("tag"));
  ASSERT_EQ(ValueKindName(value.kind), want.TextAt("kind"));
  ExpectMetadata(value, want);
  const auto member = [&want](std::string_view name) { return want.at(name); };
  switch (value.kind) {
    case ValueKind::kSimpleValue:
      ExpectNumber(value.simple_value, want.NumberAt("simple_value"));
      break;
    case ValueKind::kHistogram:
      ExpectHistogram(value.payload, member("histo"));
      break;
    case ValueKind::kImage:
      ExpectImage(value.payload, member("image"));
      break;
    case ValueKind::kAudio:
      ExpectAudio(value.payload, member("audio"));
      break;
    case ValueKind::kTensor:
      ExpectTensor(value.payload, member("tensor"));
      break;
    default:
      FAIL() << "no golden file has this kind";
  }
}

void ExpectSummary(Bytes summary, Json want) {
  SummaryReader values(summary);
  for (const Json& want_value : want.at("values").elements()) {
    const auto value = values.Next();
    ASSERT_TRUE(value) << value.error().message;
    ASSERT_TRUE(value->has_value()) << "fewer values than expected";
    ExpectValue(**value, want_value);
  }
  const auto after = values.Next();
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_FALSE(after->has_value()) << "more values than expected";
}

void ExpectSessionLog(Bytes bytes, Json want) {
  const auto session_log = DecodeSessionLog(bytes);
  ASSERT_TRUE(session_log) << session_log.error().message;
  const std::array<std::string_view, 4> names = {"", "START", "STOP", "CHECKPOINT"};
  EXPECT_EQ(names.at(static_cast<size_t>(session_log->status)), want.TextAt("status"));
  EXPECT_EQ(session_log->checkpoint_path, want.TextAt("checkpoint_path"));
  EXPECT_EQ(session_log->message, want.TextAt("msg"));
}

void ExpectEvent(Bytes payload, Json want) {
  const auto event = DecodeEvent(payload);
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->wall_time_s, want.NumberAt("wall_time"));
  EXPECT_EQ(event->step, static_cast<int64_t>(want.NumberAt("step")));
  ASSERT_EQ(EventKindName(event->kind), want.TextAt("what"));
  if (const std::optional<Json> source = want.find("source_metadata")) {
    EXPECT_EQ(event->writer, source->TextAt("writer"));
  } else {
    EXPECT_EQ(event->writer, "");
  }
  switch (event->kind) {
    case EventKind::kSummary:
      ExpectSummary(event->payload, want);
      break;
    case EventKind::kSessionLog:
      ExpectSessionLog(event->payload, want.at("session_log"));
      break;
    case EventKind::kTaggedRunMetadata: {
      const auto tagged = DecodeTaggedRunMetadata(event->payload);
      ASSERT_TRUE(tagged) << tagged.error().message;
      Json wanted = want.at("tagged_run_metadata");
      EXPECT_EQ(tagged->tag, wanted.TextAt("tag"));
      ExpectBytes(tagged->run_metadata, wanted.at("run_metadata"));
      break;
    }
    default:
      ExpectBytes(event->payload, want.at(EventKindName(event->kind)));
  }
}

uint32_t Masked(Json record, std::string_view key) {
  return static_cast<uint32_t>(std::stoul(record.TextAt(key), nullptr, 16));
}

std::unique_ptr<RecordReader> Open(const std::string& path) {
  Result<File> file = File::OpenForReading(path);
  EXPECT_TRUE(file) << path;
  return std::make_unique<RecordReader>(std::make_unique<FileByteSource>(*std::move(file)),
                                        RecordReader::Options{});
}

// The records of the file before any damage, checked against the JSON beside it.
void ExpectFile(const std::string& path) {
  const auto document = Json::Parse(*ReadWholeFile(path + ".json"));
  const std::string content = *ReadWholeFile(path);
  const auto reader = Open(path);
  for (const Json& want : Json(*document).at("records").elements()) {
    const auto record = reader->Next();
    ASSERT_TRUE(record) << record.error().message;
    ASSERT_TRUE(record->has_value()) << "fewer records than expected";
    const Bytes payload = (*record)->payload;
    const uint64_t offset = (*record)->offset;
    SCOPED_TRACE(fmt::format("{} at byte {}", path, offset));
    EXPECT_EQ(offset, static_cast<uint64_t>(want.NumberAt("offset")));
    EXPECT_EQ(payload.size(), static_cast<uint64_t>(want.NumberAt("length")));
    EXPECT_EQ(MaskCrc32c(Crc32c(payload)), Masked(want, "data_crc_masked"));
    EXPECT_EQ(LoadLittleEndian<uint32_t>(content.data() + offset + 8),
              Masked(want, "len_crc_masked"));
    std::string framed;
    AppendRecord(framed, payload);
    EXPECT_EQ(framed, content.substr(offset, framed.size())) << "framed otherwise";
    ExpectEvent(payload, want);
  }
  if (path.find("ev_bad") != std::string::npos) return;
  const auto after = reader->Next();
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_FALSE(after->has_value());
  EXPECT_EQ(reader->position(), content.size());
}

std::vector<std::string> GoldenFiles() {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(FANLIGHT_GOLDEN_DIR)) {
    const std::string path = entry.path().string();
    if (path.find("events.out.tfevents") == std::string::npos || path.ends_with(".json")) continue;
    if (fs::exists(path + ".json")) paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

class GoldenEvents : public testing::TestWithParam<std::string> {};
TEST_P(GoldenEvents, DecodeToTheExpectedValues) { ExpectFile(GetParam()); }
INSTANTIATE_TEST_SUITE_P(All, GoldenEvents, testing::ValuesIn(GoldenFiles()), [](const auto& file) {
  std::string name = fs::relative(file.param, FANLIGHT_GOLDEN_DIR);
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(GoldenFiles, AreAllThere) { EXPECT_EQ(GoldenFiles().size(), 21u); }

std::string GoldenPath(const std::string& name) { return JoinPath(FANLIGHT_GOLDEN_DIR, name); }

// What is read past damage: the offsets of the records, and the damages.
struct Outcome {
  std::vector<uint64_t> offsets;
  std::vector<std::pair<uint64_t, uint64_t>> damages;
  uint64_t position = 0;
};

Outcome ReadPastDamage(const std::string& name) {
  const auto reader = Open(GoldenPath(name) + "/events.out.tfevents.1700000000.golden");
  Outcome outcome;
  for (;;) {
    const auto record = reader->Next();
    if (!record) {
      EXPECT_TRUE(RecordReader::IsDamage(record.error())) << record.error().message;
      const Damage& damage = reader->last_damage();
      outcome.damages.emplace_back(damage.offset, damage.offset + damage.bytes);
    } else if (*record) {
      outcome.offsets.push_back((*record)->offset);
    } else {
      break;
    }
  }
  EXPECT_FALSE(reader->open_damage());
  outcome.position = reader->position();
  return outcome;
}

TEST(DamagedGoldenEvents, OneFlippedBitCostsOneRecord) {
  for (const std::string name : {"ev_bad_flip_length", "ev_bad_flip_payload"}) {
    const Outcome outcome = ReadPastDamage(name);
    EXPECT_EQ(outcome.offsets, (std::vector<uint64_t>{0, 78, 160})) << name;
    EXPECT_EQ(outcome.damages, (std::vector<std::pair<uint64_t, uint64_t>>{{118, 160}})) << name;
    EXPECT_EQ(outcome.position, 202u) << name;
  }
}

TEST(DamagedGoldenEvents, ATornTailIsPending) {
  for (const std::string name :
       {"ev_bad_trunc_header", "ev_bad_trunc_payload", "ev_bad_trunc_footer"}) {
    const Outcome outcome = ReadPastDamage(name);
    EXPECT_EQ(outcome.offsets, (std::vector<uint64_t>{0, 78, 118})) << name;
    EXPECT_TRUE(outcome.damages.empty()) << name;
    EXPECT_EQ(outcome.position, 160u) << name;
  }
}

TEST(GoldenEventsOfTheTutorial, HaveTheLossAndTheGraph) {
  const std::string directory = GoldenPath("tutorial");
  const auto document = Json::Parse(*ReadWholeFile(directory + "/expected.json"));
  const auto reader = Open(directory + "/example/events.out.tfevents.1522844383.MTIANYAN-LENOVO");
  const std::vector<Json> want = Json(*document).at("example").at("loss").elements();
  size_t points = 0;
  size_t graphs = 0;
  for (;;) {
    const auto record = reader->Next();
    ASSERT_TRUE(record) << record.error().message;
    if (!*record) break;
    const auto event = DecodeEvent((*record)->payload);
    ASSERT_TRUE(event) << event.error().message;
    if (event->kind == EventKind::kGraphDef) ++graphs;
    if (event->kind != EventKind::kSummary) continue;
    SummaryReader values(event->payload);
    for (;;) {
      const auto value = values.Next();
      ASSERT_TRUE(value) << value.error().message;
      if (!*value) break;
      ASSERT_LT(points, want.size());
      EXPECT_EQ((*value)->kind, ValueKind::kSimpleValue);
      EXPECT_EQ(event->step, static_cast<int64_t>(want[points].NumberAt("step")));
      EXPECT_EQ(event->wall_time_s, static_cast<double>(want[points].NumberAt("wall_time")));
      EXPECT_EQ((*value)->simple_value, static_cast<float>(want[points].NumberAt("value")));
      ++points;
    }
  }
  EXPECT_EQ(points, 20u);
  EXPECT_EQ(graphs, 1u);
}

// Record files of other kinds have the same framing.
TEST(GoldenDebuggerFiles, HaveTheExpectedRecords) {
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(GoldenPath("debugger_v2"))) {
    const std::string path = entry.path().string();
    if (path.ends_with(".json")) continue;
    ++files;
    const auto document = Json::Parse(*ReadWholeFile(path + ".json"));
    const auto reader = Open(path);
    for (const Json& want : Json(*document).elements()) {
      const auto record = reader->Next();
      ASSERT_TRUE(record && *record) << path;
      EXPECT_EQ((*record)->offset, static_cast<uint64_t>(want.NumberAt("offset")));
      EXPECT_EQ((*record)->payload.size(), static_cast<uint64_t>(want.NumberAt("length")));
    }
    EXPECT_FALSE(reader->Next()->has_value());
  }
  EXPECT_EQ(files, 5u);
}

TEST(GoldenEventsCutAtEveryByte, GiveTheSameRecords) {
  const std::string content =
      *ReadWholeFile(GoldenPath("ev_tf1_two_restarts") + "/events.out.tfevents.1795407180.vm");
  std::vector<std::string> whole;
  const auto read_all = [&content](uint64_t cut) {
    std::vector<std::string> payloads;
    RecordReader reader(std::make_unique<ScriptedSource>(content, std::vector<uint64_t>{cut}), {});
    for (int ends = 0; ends < 2;) {
      const auto record = reader.Next();
      EXPECT_TRUE(record) << record.error().message;
      if (!record || !*record) {
        ++ends;
      } else {
        payloads.emplace_back(AsText((*record)->payload));
      }
    }
    return payloads;
  };
  const std::vector<std::string> expected = read_all(content.size());
  EXPECT_EQ(expected.size(), 18u);
  for (uint64_t cut = 0; cut < content.size(); ++cut) {
    EXPECT_EQ(read_all(cut), expected) << "cut at " << cut;
  }
}

}  // namespace
}  // namespace fanlight

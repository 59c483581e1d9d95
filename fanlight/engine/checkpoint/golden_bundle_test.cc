// Reads the checkpoints that the real TensorFlow wrote, and writes them again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fanlight/base/file.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/bundle_writer.h"
#include "fanlight/engine/checkpoint/golden_json.h"
#include "fanlight/engine/checkpoint/table_reader.h"
#include "fanlight/engine/checkpoint/table_writer.h"

namespace fanlight::checkpoint {
namespace {

using ::testing::HasSubstr;

std::string Golden(const std::string& name) {
  return std::string(FANLIGHT_GOLDEN_DIR) + "/" + name;
}

class GoldenBundle : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenBundle, DecodesToItsValues) {
  const boost::json::value expected = ReadJson(Golden(GetParam()) + ".json");
  const auto reader = BundleReader::Open(Golden(GetParam()));
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  int compared = 0;
  for (const auto& item : expected.at("entries").as_array()) {
    const std::string key = BytesOf(item.at("key"));
    if (IsSliceKey(key)) continue;  // Its values stand with the variable.
    const BundleReader::Variable* variable = (*reader)->Find(key);
    ASSERT_NE(variable, nullptr) << key;
    EXPECT_EQ(variable->entry.offset, item.at("offset").to_number<uint64_t>()) << key;
    EXPECT_EQ(variable->entry.size, item.at("size").to_number<uint64_t>()) << key;
    EXPECT_EQ(fmt::format("{:08x}", variable->entry.masked_crc32c),
              item.at("crc32c_masked").as_string().c_str());
    const Result<Tensor> tensor = (*reader)->Read(key);
    ++compared;
    if (!item.as_object().contains("values")) {
      EXPECT_TRUE(tensor.has_value()) << tensor.error().message;
      continue;
    }
    ASSERT_TRUE(tensor.has_value()) << tensor.error().message;
    EXPECT_EQ(static_cast<int64_t>(tensor->dtype()), item.at("dtype").to_number<int64_t>()) << key;
    EXPECT_TRUE(HasValues(*tensor, item.at("values"))) << key;
  }
  EXPECT_GT(compared, 0);
}

TEST_P(GoldenBundle, ItsIndexIsRebuiltByteForByteFromItsEntries) {
  const Result<std::string> bytes = ReadWholeFile(Golden(GetParam()) + ".index");
  ASSERT_TRUE(bytes.has_value()) << bytes.error().message;
  const Result<Table> table = ParseTable(*bytes, GetParam());
  ASSERT_TRUE(table.has_value()) << table.error().message;
  TableWriter writer;
  for (const Table::Entry& item : table->entries()) {
    // Decoded and encoded again, so that what an entry says is understood and not copied.
    if (item.key.empty()) {
      const auto header = DecodeHeader(item.value, "header");
      ASSERT_TRUE(header.has_value()) << header.error().message;
      writer.Add(item.key, EncodeHeader(*header));
    } else {
      const auto entry = DecodeEntry(item.value, Quoted(item.key));
      ASSERT_TRUE(entry.has_value()) << entry.error().message;
      writer.Add(item.key, EncodeEntry(*entry));
    }
  }
  EXPECT_EQ(std::move(writer).Finish(), *bytes);
}

class GoldenBundleOfOneShard : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenBundleOfOneShard, IsRebuiltByOurWriterByteForByte) {
  const auto reader = BundleReader::Open(Golden(GetParam()));
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  const BundleReader& golden = **reader;
  // The data file keeps the order in which the tensors came: it can be told from their offsets.
  struct Part {
    uint64_t offset;
    bool is_empty;
    std::string name;
    TensorSlice slice;
  };
  std::vector<Part> parts;
  const Result<Table> table = ReadTableFile(Golden(GetParam()) + ".index");
  for (const BundleReader::Variable& variable : golden.variables()) {
    if (variable.entry.slices.empty()) {
      parts.push_back({variable.entry.offset, variable.entry.size == 0, variable.name, {}});
    }
    for (const TensorSlice& slice : variable.entry.slices) {
      const auto entry = DecodeEntry(*table->Find(EncodeSliceKey(variable.name, slice)), "slice");
      parts.push_back({entry->offset, false, variable.name, slice});
    }
  }
  std::ranges::sort(parts, [](const Part& a, const Part& b) {
    return std::tuple(a.offset, !a.is_empty) < std::tuple(b.offset, !b.is_empty);
  });
  const TemporaryDirectory directory;
  const std::string prefix = directory.Join("copy");
  const auto writer = BundleWriter::Create(prefix, {.sync = false});
  ASSERT_TRUE(writer.has_value()) << writer.error().message;
  for (const Part& part : parts) {
    if (part.slice.extents.empty()) {
      const Result<Tensor> tensor = golden.Read(part.name);
      ASSERT_TRUE(tensor.has_value()) << tensor.error().message;
      ASSERT_TRUE((*writer)->Add(part.name, *tensor).has_value());
      continue;
    }
    const Shape full = golden.Find(part.name)->entry.shape;
    const SlicedShape sliced{full, part.slice, *ShapeOf(*Resolve(part.slice, full))};
    const Result<Tensor> tensor = golden.ReadSlice(part.name, part.slice);
    ASSERT_TRUE(tensor.has_value()) << tensor.error().message;
    ASSERT_TRUE((*writer)->AddSlice(part.name, sliced, *tensor).has_value());
  }
  ASSERT_TRUE((*writer)->Finish().has_value());
  EXPECT_EQ(*ReadWholeFile(prefix + ".index"), *ReadWholeFile(Golden(GetParam()) + ".index"));
  EXPECT_EQ(*ReadWholeFile(prefix + ".data-00000-of-00001"),
            *ReadWholeFile(Golden(GetParam()) + ".data-00000-of-00001"));
}

std::string TestName(const ::testing::TestParamInfo<std::string>& test) {
  std::string name = test.param;
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

// The writer makes one shard, little-endian; BundleWriter.MergesPartsIntoShards... has the others.
std::vector<std::string> PrefixesOfOneShard() {
  std::vector<std::string> prefixes = GoldenPrefixes();
  std::erase(prefixes, "ckpt_big_endian/be");
  std::erase(prefixes, "ckpt_sharded/sharded");
  return prefixes;
}

INSTANTIATE_TEST_SUITE_P(All, GoldenBundle, ::testing::ValuesIn(GoldenPrefixes()), TestName);
INSTANTIATE_TEST_SUITE_P(All, GoldenBundleOfOneShard, ::testing::ValuesIn(PrefixesOfOneShard()),
                         TestName);

TEST(GoldenBundles, OfTheTutorialsAuthorIsRead) {
  const auto reader = BundleReader::Open(Golden("tutorial/tmp/model.ckpt"));
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  EXPECT_FLOAT_EQ((*reader)->Read("weight")->scalar<float>(), 0.3244478f);
  EXPECT_FLOAT_EQ((*reader)->Read("bias")->scalar<float>(), 0.262971f);
}

TEST(GoldenBundles, OfObjectsAreReadByPathAndByVariableName) {
  const auto reader = BundleReader::Open(Golden("ckpt_tf2_object/ckpt-3"));
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  EXPECT_EQ((*reader)->Read("model/b/.ATTRIBUTES/VARIABLE_VALUE")->scalar<int32_t>(), 3);
  EXPECT_EQ((*reader)->Read("model/b")->scalar<int32_t>(), 3);
  // The variable's own name, and what has the key of another but not its name.
  EXPECT_EQ((*reader)->Read("w")->num_elements(), 2);
  EXPECT_EQ((*reader)->Read("save_counter")->scalar<int64_t>(), 3);
  // Two variables are called so.
  EXPECT_EQ((*reader)->Find("Variable"), nullptr);
  EXPECT_EQ((*reader)->Find("b"), nullptr);
}

TEST(GoldenBundles, OfMnistStepsIsRead) {
  const boost::json::value expected = ReadJson(Golden("mnist_steps/expected.json"));
  const auto reader = BundleReader::Open(Golden("mnist_steps/after20"));
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  for (const auto& item : expected.at("after20").as_object()) {
    const Result<Tensor> tensor = (*reader)->Read(std::string(item.key()));
    ASSERT_TRUE(tensor.has_value()) << tensor.error().message;
    const Result<Tensor> values = ConvertTo(*tensor, DType::kFloat64);
    double sum = 0;
    for (const double value : values->flat<double>()) sum += value;
    EXPECT_NEAR(sum, item.value().at("sum").to_number<double>(), 1e-3) << item.key();
  }
}

TEST(BadBundle, AFlippedBitInDataConcernsItsTensorOnly) {
  const auto reader = BundleReader::Open(Golden("ckpt_bad/flip_data"));
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  EXPECT_EQ((*reader)->Read("a")->scalar<int32_t>(), 7);
  const Result<Tensor> b = (*reader)->Read("b");
  ASSERT_FALSE(b.has_value());
  EXPECT_EQ(b.error().code, ErrorCode::kDataLoss);
  // TensorFlow's numbers: stored 2754783522, calculated 3977171973.
  EXPECT_THAT(b.error().message, HasSubstr("checksum mismatch in \"b\": got 0xed0ed405, want "
                                           "0xa432a922, in bytes 0 to 8 of "));
  EXPECT_THAT(b.error().message, HasSubstr("flip_data.data-00000-of-00001\""));
}

TEST(BadBundle, ACutDataFileConcernsItsTensorOnly) {
  const auto reader = BundleReader::Open(Golden("ckpt_bad/trunc_data"));
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  EXPECT_TRUE(HasValues(*(*reader)->Read("b"), boost::json::array{1.5, -2.0}));
  const Result<Tensor> a = (*reader)->Read("a");
  ASSERT_FALSE(a.has_value());
  EXPECT_EQ(a.error().code, ErrorCode::kOutOfRange);
  EXPECT_THAT(a.error().message, HasSubstr("data file too short for \"a\""));
}

TEST(BadBundle, ADamagedIndexIsToldWhenOpened) {
  const auto flipped = BundleReader::Open(Golden("ckpt_bad/flip_index"));
  ASSERT_FALSE(flipped.has_value());
  EXPECT_THAT(flipped.error().message, HasSubstr("block checksum mismatch"));
  for (const char* name : {"trunc_index", "flip_footer_magic"}) {
    const auto reader = BundleReader::Open(Golden("ckpt_bad/") + name);
    ASSERT_FALSE(reader.has_value());
    EXPECT_THAT(reader.error().message, HasSubstr("not a table (bad magic number)")) << name;
  }
}

}  // namespace
}  // namespace fanlight::checkpoint

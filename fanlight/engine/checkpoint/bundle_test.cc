#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>

#include "fanlight/base/file.h"
#include "fanlight/engine/checkpoint/bundle_files.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/bundle_writer.h"
#include "fanlight/engine/checkpoint/table_writer.h"

namespace fanlight::checkpoint {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::vector<std::string> FilesIn(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

// Without waiting for the device, unlike WriteFileAtomically().
void Overwrite(const std::string& path, std::string_view bytes) {
  auto file = File::CreateOrTruncate(path);
  ASSERT_TRUE(file.has_value() && file->Write(bytes).has_value());
}

Status Write(const std::string& prefix, const std::map<std::string, Tensor>& tensors) {
  FL_ASSIGN_OR_RETURN(const auto writer, BundleWriter::Create(prefix, {.sync = false}));
  for (const auto& [name, tensor] : tensors) FL_TRY(writer->Add(name, tensor));
  return writer->Finish();
}

Result<std::map<std::string, Tensor>> ReadAll(const std::string& prefix) {
  FL_ASSIGN_OR_RETURN(const auto reader, BundleReader::Open(prefix));
  std::map<std::string, Tensor> tensors;
  for (const BundleReader::Variable& variable : reader->variables()) {
    FL_ASSIGN_OR_RETURN(tensors[variable.name], reader->Read(variable.name));
  }
  return tensors;
}

bool SameTensors(const std::map<std::string, Tensor>& a, const std::map<std::string, Tensor>& b) {
  return a.size() == b.size() && std::ranges::equal(a, b, [](const auto& left, const auto& right) {
           return left.first == right.first && Identical(left.second, right.second);
         });
}

Tensor AnyTensor() {
  const auto dtype = *rc::gen::element(
      DType::kFloat32, DType::kFloat64, DType::kInt8, DType::kInt16, DType::kInt32, DType::kInt64,
      DType::kUInt8, DType::kUInt16, DType::kUInt32, DType::kUInt64, DType::kFloat16,
      DType::kBFloat16, DType::kComplex64, DType::kComplex128, DType::kString, DType::kBool,
      DType::kQInt8, DType::kFloat8E5M2, DType::kInt4);
  const auto rank = *rc::gen::inRange<size_t>(0, 5);
  const auto dims =
      *rc::gen::container<std::vector<int64_t>>(rank, rc::gen::inRange<int64_t>(0, 5));
  Tensor tensor(dtype, *Shape::From(dims));
  if (dtype == DType::kString) {
    for (std::string& text : tensor.mutable_flat<std::string>())
      text = *rc::gen::arbitrary<std::string>();
  } else if (dtype == DType::kBool) {
    for (bool& flag : tensor.mutable_flat<bool>()) flag = *rc::gen::arbitrary<bool>();
  } else {
    for (std::byte& byte : tensor.mutable_bytes()) byte = std::byte{*rc::gen::arbitrary<uint8_t>()};
  }
  return tensor;
}

TEST(BundleProperty, WhatIsWrittenIsRead) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(rc::check([&] {
    std::map<std::string, Tensor> tensors;
    for (int i = *rc::gen::inRange(0, 6); i > 0; --i) {
      auto name = *rc::gen::arbitrary<std::string>();
      if (name.empty() || name.front() == '\0') name = "v" + name;
      tensors[name] = AnyTensor();
    }
    // At the same prefix each time: each checkpoint takes the place of the one before.
    RC_ASSERT(Write(directory.Join("any"), tensors).has_value());
    const auto read = ReadAll(directory.Join("any"));
    RC_ASSERT(read.has_value());
    RC_ASSERT(SameTensors(*read, tensors));
    RC_ASSERT(FilesIn(directory.path()).size() == 2);
  }));
}

TEST(BundleProperty, AnyCutOfAVariableIsPutTogetherAgain) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(rc::check([&] {
    const auto rows = *rc::gen::inRange<int64_t>(2, 8);
    const auto cut = *rc::gen::inRange<int64_t>(1, rows);
    const auto from = *rc::gen::inRange<int64_t>(0, rows);
    Tensor whole(DType::kInt64, Shape{rows, 3});
    for (int64_t& element : whole.mutable_flat<int64_t>()) element = *rc::gen::arbitrary<int64_t>();
    const auto writer = BundleWriter::Create(directory.Join("sliced"), {.sync = false});
    const auto add = [&](int64_t start, int64_t length) {
      const SlicedShape sliced =
          *SlicedShape::Parse(fmt::format("{} 3 {},{}:-", rows, start, length));
      return (*writer)->AddSlice(
          "w", sliced,
          Tensor::Of<int64_t>(Shape{length, 3},
                              whole.flat<int64_t>().subspan(static_cast<size_t>(start) * 3,
                                                            static_cast<size_t>(length) * 3)));
    };
    RC_ASSERT(add(cut, rows - cut).has_value());
    RC_ASSERT(add(0, cut).has_value());
    RC_ASSERT((*writer)->Finish().has_value());
    const auto reader = BundleReader::Open(directory.Join("sliced"));
    RC_ASSERT(Identical(*(*reader)->Read("w"), whole));
    const auto part = (*reader)->ReadSlice("w", {{{.start = from, .length = rows - from}, {}}});
    RC_ASSERT(std::ranges::equal(part->flat<int64_t>(),
                                 whole.flat<int64_t>().subspan(static_cast<size_t>(from) * 3)));
  }));
}

TEST(BundleReader, TellsAMissingCheckpointAndAMissingKey) {
  const TemporaryDirectory directory;
  const auto none = BundleReader::Open(directory.Join("none"));
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(Write(directory.Join("one"), {{"a", Tensor::Scalar(1.0f)}}).has_value());
  const auto reader = BundleReader::Open(directory.Join("one"));
  const Result<Tensor> tensor = (*reader)->Read("b");
  ASSERT_FALSE(tensor.has_value());
  EXPECT_EQ(tensor.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(tensor.error().message, HasSubstr("Key b not found in checkpoint"));
}

TEST(BundleReader, ReadsIntoABufferAViewOrNowhere) {
  const TemporaryDirectory directory;
  const std::string prefix = directory.Join("p");
  // "a" shifts "large" off the alignment of its elements where it has three bytes.
  for (const int64_t shift : {3, 8}) {
    Tensor large(DType::kFloat32, Shape{(3 << 20) + 1});
    for (int64_t i = 0; i < large.num_elements(); ++i) {
      large.mutable_flat<float>()[static_cast<size_t>(i)] = static_cast<float>(i) * 0.5f;
    }
    const std::map<std::string, Tensor> tensors = {{"a", Tensor::Filled<uint8_t>(Shape{shift}, 7)},
                                                   {"large", large},
                                                   {"s", Tensor::Scalar("x")}};
    ASSERT_TRUE(Write(prefix, tensors).has_value());
    const auto reader = BundleReader::Open(prefix);
    ASSERT_TRUE(reader.has_value()) << reader.error().message;
    for (const auto& [name, tensor] : tensors) {
      SCOPED_TRACE(name);
      EXPECT_TRUE((*reader)->Verify(name).has_value());
      const Result<Tensor> view = (*reader)->View(name);
      ASSERT_TRUE(view.has_value()) << view.error().message;
      EXPECT_TRUE(Identical(*view, tensor));
      Tensor into(tensor.dtype(), tensor.shape());
      const void* const buffer = into.data();
      ASSERT_TRUE((*reader)->ReadInto(name, into).has_value());
      EXPECT_TRUE(Identical(into, tensor));
      if (tensor.dtype() != DType::kString) {
        EXPECT_EQ(into.data(), buffer);
      }
      Tensor other = Tensor::Scalar(1.0f);
      ASSERT_TRUE((*reader)->ReadInto(name, other).has_value());
      EXPECT_TRUE(Identical(other, tensor));
    }
    // A view outlives the reader and a newer checkpoint in the same place, and is written to
    // without the file seeing it.
    Tensor view = *(*reader)->View("large");
    ASSERT_TRUE(Write(prefix, {{"a", Tensor::Scalar(1)}}).has_value());
    view.mutable_flat<float>()[0] = -1;
    EXPECT_EQ(view.flat<float>().back(), large.flat<float>().back());
  }
  EXPECT_EQ((*BundleReader::Open(prefix))->Verify("b").error().code, ErrorCode::kNotFound);
}

TEST(BundleReader, TellsDamageOfALargeTensorHoweverItIsRead) {
  const TemporaryDirectory directory;
  const std::string prefix = directory.Join("p");
  ASSERT_TRUE(Write(prefix, {{"v", Tensor::Zeros(DType::kFloat32, {3 << 20})}}).has_value());
  std::string bytes = *ReadWholeFile(DataPath(prefix, 0, 1));
  bytes[bytes.size() / 2] = 1;
  Overwrite(DataPath(prefix, 0, 1), bytes);
  const auto reader = BundleReader::Open(prefix);
  Tensor into(DType::kFloat32, Shape{3 << 20});
  for (const Status& status : {(*reader)->Verify("v"), (*reader)->ReadInto("v", into),
                               (*reader)->View("v").map([](const Tensor&) {}),
                               (*reader)->Read("v").map([](const Tensor&) {})}) {
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::kDataLoss);
    EXPECT_THAT(status.error().message, HasSubstr("checksum mismatch in \"v\""));
    EXPECT_THAT(status.error().message, HasSubstr("in bytes 0 to 12582912 of"));
  }
}

TEST(BundleReader, GivesNoWrongValueForAnyFlippedBitOfTheData) {
  const TemporaryDirectory directory;
  const std::map<std::string, Tensor> tensors = {
      {"f", Tensor::Vector<float>({1.5f, -2.0f})},
      {"s", Tensor::Vector<std::string>({"one", "", "three"})},
      {"t", Tensor::Scalar(int64_t{7})}};
  const std::string prefix = directory.Join("flip");
  ASSERT_TRUE(Write(prefix, tensors).has_value());
  const std::string data_path = DataPath(prefix, 0, 1);
  const std::string good = *ReadWholeFile(data_path);
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    Overwrite(data_path, bytes);
    const auto reader = BundleReader::Open(prefix);
    int errors = 0;
    for (const auto& [name, tensor] : tensors) {
      const Result<Tensor> read = (*reader)->Read(name);
      if (!read) {
        ++errors;
        EXPECT_THAT(read.error().message, HasSubstr("\"" + name + "\"")) << bit;
      } else {
        EXPECT_TRUE(Identical(*read, tensor)) << name << " bit " << bit;
      }
    }
    EXPECT_EQ(errors, 1) << bit;
  }
  for (size_t size = 0; size < good.size(); ++size) {
    Overwrite(data_path, good.substr(0, size));
    const auto reader = BundleReader::Open(prefix);
    for (const auto& [name, tensor] : tensors) {
      const Result<Tensor> read = (*reader)->Read(name);
      EXPECT_TRUE(!read || Identical(*read, tensor)) << name << " cut at " << size;
    }
    EXPECT_FALSE((*reader)->Read("t").has_value());
  }
}

TEST(BundleReader, BelievesNoSizeBeforeItIsComparedWithTheFile) {
  const TemporaryDirectory directory;
  const std::string prefix = directory.Join("huge");
  ASSERT_TRUE(WriteFileAtomically(DataPath(prefix, 0, 1), "0123456789").has_value());
  BundleEntry entry{
      .dtype = DType::kFloat32, .shape = Shape{int64_t{1} << 40}, .size = uint64_t{1} << 42};
  BundleEntry strings{.dtype = DType::kString, .shape = Shape{int64_t{1} << 40}, .size = 10};
  BundleEntry sliced{.dtype = DType::kFloat32, .shape = Shape{int64_t{1} << 40}};
  sliced.slices = {{{{.start = 0, .length = int64_t{1} << 39}}},
                   {{{.start = int64_t{1} << 39, .length = int64_t{1} << 39}}}};
  BundleEntry half{.dtype = DType::kFloat32, .shape = Shape{int64_t{1} << 39}, .size = 8};
  TableWriter table;
  table.Add("", EncodeHeader({}));
  for (const TensorSlice& slice : sliced.slices) {
    table.Add(EncodeSliceKey("sliced", slice), EncodeEntry(half));
  }
  table.Add("claims", EncodeEntry(entry));
  table.Add("sliced", EncodeEntry(sliced));
  table.Add("strings", EncodeEntry(strings));
  ASSERT_TRUE(WriteFileAtomically(IndexPath(prefix), std::move(table).Finish()).has_value());
  const auto reader = BundleReader::Open(prefix);
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  EXPECT_EQ((*reader)->Read("claims").error().code, ErrorCode::kOutOfRange);
  EXPECT_EQ((*reader)->Read("strings").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ((*reader)->Read("sliced").error().code, ErrorCode::kCorrupt);
}

TEST(BundleReader, ReportsSlicesThatAreMissingOrOverlap) {
  const TemporaryDirectory directory;
  const auto writer = BundleWriter::Create(directory.Join("part"), {.sync = false});
  const Tensor rows = Tensor::Zeros(DType::kFloat32, {2, 4});
  ASSERT_TRUE((*writer)->AddSlice("w", *SlicedShape::Parse("6 4 0,2:-"), rows).has_value());
  const Status overlap = (*writer)->AddSlice("w", *SlicedShape::Parse("6 4 1,2:-"), rows);
  ASSERT_FALSE(overlap.has_value());
  EXPECT_THAT(overlap.error().message, HasSubstr("overlap"));
  ASSERT_TRUE((*writer)->Finish().has_value());
  const auto reader = BundleReader::Open(directory.Join("part"));
  const Result<Tensor> whole = (*reader)->Read("w");
  ASSERT_FALSE(whole.has_value());
  EXPECT_THAT(whole.error().message, HasSubstr("8 of 24 elements are stored"));
  EXPECT_TRUE((*reader)->ReadSlice("w", SlicedShape::Parse("6 4 1,1:1,2")->slice).has_value());
}

TEST(BundleWriter, LeavesNothingBehindWhenDropped) {
  const TemporaryDirectory directory;
  {
    const auto writer = BundleWriter::Create(directory.Join("dropped"), {.sync = false});
    ASSERT_TRUE((*writer)->Add("a", Tensor::Scalar(1)).has_value());
    EXPECT_EQ(FilesIn(directory.path()).size(), 1u);
  }
  EXPECT_THAT(FilesIn(directory.path()), IsEmpty());
}

TEST(BundleWriter, RefusesNamesThatCannotBeKept) {
  const TemporaryDirectory directory;
  const auto writer = BundleWriter::Create(directory.Join("names"), {.sync = false});
  const Tensor tensor = Tensor::Scalar(1);
  EXPECT_FALSE((*writer)->Add("", tensor).has_value());
  EXPECT_FALSE((*writer)->Add(std::string_view("\0x", 2), tensor).has_value());
  EXPECT_TRUE((*writer)->Add("x", tensor).has_value());
  EXPECT_THAT((*writer)->Add("x", tensor).error().message, HasSubstr("added twice"));
}

TEST(BundleWriter, MergesPartsIntoShardsAsTensorFlowDoes) {
  const TemporaryDirectory directory;
  const std::string golden = std::string(FANLIGHT_GOLDEN_DIR) + "/ckpt_sharded/sharded";
  const auto reader = BundleReader::Open(golden);
  std::vector<std::string> parts;
  for (int32_t shard = 0; shard < 2; ++shard) {
    parts.push_back(directory.Join(fmt::format("part-{:05d}-of-00002", shard)));
    const auto writer = BundleWriter::Create(parts.back(), {.sync = false});
    std::vector<const BundleReader::Variable*> variables;
    for (const auto& variable : (*reader)->variables()) {
      if (variable.entry.shard == shard) variables.push_back(&variable);
    }
    std::ranges::sort(variables, {}, [](const auto* variable) { return variable->entry.offset; });
    for (const auto* variable : variables) {
      ASSERT_TRUE((*writer)->Add(variable->name, *(*reader)->Read(variable->name)).has_value());
    }
    ASSERT_TRUE((*writer)->Finish().has_value());
  }
  const std::string prefix = directory.Join("merged");
  ASSERT_TRUE(WriteFileAtomically(prefix + ".index.tmp-999999-1", "a killed merger's").has_value());
  const Status merged = MergeBundles(parts, prefix, {.sync = true});
  ASSERT_TRUE(merged.has_value()) << merged.error().message;
  EXPECT_EQ(*ReadWholeFile(IndexPath(prefix)), *ReadWholeFile(IndexPath(golden)));
  EXPECT_EQ(*ReadWholeFile(DataPath(prefix, 1, 2)), *ReadWholeFile(DataPath(golden, 1, 2)));
  EXPECT_THAT(FilesIn(directory.path()),
              UnorderedElementsAre("merged.index", "merged.data-00000-of-00002",
                                   "merged.data-00001-of-00002"));
  // A checkpoint of another number of shards at the same place leaves none of these behind.
  ASSERT_TRUE(Write(prefix, {{"v", Tensor::Scalar(1)}}).has_value());
  EXPECT_THAT(FilesIn(directory.path()),
              UnorderedElementsAre("merged.index", "merged.data-00000-of-00001"));
}

// Stages of a change that was cut short, made by hand as a killed writer leaves them.
class CutShort : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Write(directory_.Join("new"), {{"v", Tensor::Scalar(2)}}).has_value());
    ASSERT_TRUE(Write(prefix_, {{"v", Tensor::Scalar(1)}}).has_value());
  }
  void Move(const std::string& from, const std::string& to) {
    std::filesystem::rename(directory_.Join(from), directory_.Join(to));
  }
  int32_t Value() {
    const auto tensors = ReadAll(prefix_);
    EXPECT_TRUE(tensors.has_value()) << tensors.error().message;
    return tensors ? tensors->at("v").scalar<int32_t>() : -1;
  }

  TemporaryDirectory directory_;
  std::string prefix_ = directory_.Join("p");
};

TEST_F(CutShort, BeforeItsMomentTheOldCheckpointStands) {
  Move("new.data-00000-of-00001", "p.data-00000-of-00001.pending");
  EXPECT_EQ(Value(), 1);
  ASSERT_TRUE(Write(prefix_, {{"v", Tensor::Scalar(3)}}).has_value());
  EXPECT_EQ(Value(), 3);
}

TEST_F(CutShort, AfterItsMomentTheNewOneStandsAndTheNextSaveEndsTheChange) {
  Move("new.data-00000-of-00001", "p.data-00000-of-00001.pending");
  Move("new.index", "p.index.pending");
  ::utimensat(AT_FDCWD, directory_.Join("p.index.pending").c_str(), nullptr, 0);
  EXPECT_EQ(Value(), 2);
  Move("p.data-00000-of-00001.pending", "p.data-00000-of-00001");
  EXPECT_EQ(Value(), 2);
  ASSERT_TRUE(Write(prefix_, {{"v", Tensor::Scalar(3)}}).has_value());
  EXPECT_EQ(Value(), 3);
  EXPECT_THAT(FilesIn(directory_.path()), UnorderedElementsAre("p.index", "p.data-00000-of-00001"));
}

TEST_F(CutShort, IsForgottenWhenSomeoneElseSavedThereSince) {
  Move("new.data-00000-of-00001", "p.data-00000-of-00001.pending");
  Move("new.index", "p.index.pending");
  const timespec past[2] = {{.tv_sec = 1'000'000'000, .tv_nsec = 0},
                            {.tv_sec = 1'000'000'000, .tv_nsec = 0}};
  ::utimensat(AT_FDCWD, directory_.Join("p.index.pending").c_str(), past, 0);
  EXPECT_EQ(Value(), 1);
}

TEST_F(CutShort, RemovingTheCheckpointRemovesAllOfIt) {
  Move("new.data-00000-of-00001", "p.data-00000-of-00001.pending");
  Move("new.index", "p.index.pending");
  ASSERT_TRUE(WriteFileAtomically(prefix_ + ".meta", "x").has_value());
  ASSERT_TRUE(WriteFileAtomically(prefix_ + "-2.index", "another checkpoint").has_value());
  ASSERT_TRUE(RemoveBundle(prefix_).has_value());
  EXPECT_THAT(FilesIn(directory_.path()), UnorderedElementsAre("p-2.index"));
}

TEST(BundleFiles, RemovesWhatAKilledWriterLeftAndNothingElse) {
  const TemporaryDirectory directory;
  const std::string prefix = directory.Join("p");
  const auto alive = BundleWriter::Create(prefix, {.sync = false});
  ASSERT_TRUE(
      WriteFileAtomically(prefix + ".data-00000-of-00001.tmp-999999-1", "left").has_value());
  ASSERT_TRUE(WriteFileAtomically(prefix + ".index.tmp-notes", "a user's").has_value());
  RemoveAbandonedStagedFiles(prefix);
  const auto files = FilesIn(directory.path());
  EXPECT_EQ(files.size(), 2u);
  EXPECT_THAT(files, ::testing::Contains("p.index.tmp-notes"));
  EXPECT_TRUE((*alive)->Finish().has_value());
}

TEST(BundleFiles, RemovesThePartsOfASaverThatDidNotLiveToMergeThem) {
  for (const bool by_saving : {true, false}) {
    const TemporaryDirectory directory;
    const std::string prefix = directory.Join("p");
    const std::string unique = "_temp_0123456789abcdef0123456789abcdef";
    for (const std::string& folder : {std::string("_temp"), unique, std::string("-2_temp"),
                                      std::string("_temp_mine"), std::string("_temperature")}) {
      ASSERT_TRUE(MakeDirectories(prefix + folder).has_value());
      const std::string part = prefix + folder + "/part-00001-of-00002";
      ASSERT_TRUE(Write(part, {{"v", Tensor::Scalar(1)}}).has_value());
      ASSERT_TRUE(WriteFileAtomically(part + ".index.tmp-1-1", "left").has_value());
    }
    ASSERT_TRUE(WriteFileAtomically(prefix + unique + "/notes", "a user's").has_value());
    if (by_saving) {
      ASSERT_TRUE(Write(prefix, {{"v", Tensor::Scalar(1)}}).has_value());
      ASSERT_TRUE(ReadAll(prefix).has_value());
    }
    ASSERT_TRUE(RemoveBundle(prefix).has_value());
    EXPECT_THAT(FilesIn(directory.path()),
                UnorderedElementsAre("p" + unique, "p-2_temp", "p_temp_mine", "p_temperature"));
    EXPECT_THAT(FilesIn(prefix + unique), UnorderedElementsAre("notes"));
    EXPECT_EQ(FilesIn(prefix + "-2_temp").size(), 3u);
  }
}

TEST(BundleReader, SaysNothingOnStandardErrorOfNamesThatAreNotText) {
  // Dimensions may have names; this one is not UTF-8.
  const std::string entry("\x08\x01\x12\x07\x12\x05\x08\x01\x12\x01\xff", 11);
  ::testing::internal::CaptureStderr();
  const auto decoded = DecodeEntry(entry, "\"v\" in \"p.index\"");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().message, "checkpoint entry cannot be parsed: \"v\" in \"p.index\"");
}

TEST(BundleReader, ReadsABundleThatIsInMemory) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(Write(directory.Join("p"), {{"v", Tensor::Scalar(7)}}).has_value());
  const std::string index = *ReadWholeFile(directory.Join("p.index"));
  const std::string data = *ReadWholeFile(DataPath(directory.Join("p"), 0, 1));
  const auto open_shard = [&](int32_t shard, int32_t num_shards) -> Result<File> {
    EXPECT_EQ(std::pair(shard, num_shards), std::pair(0, 1));
    File file(::memfd_create("data", MFD_CLOEXEC), "data");
    FL_TRY(file.Write(data));
    return file;
  };
  const auto reader = BundleReader::FromIndex("memory", index, open_shard);
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  EXPECT_EQ((*reader)->Read("v")->scalar<int32_t>(), 7);
  EXPECT_EQ((*reader)->prefix(), "memory");
}

TEST(BundleWriter, AFullDiskKeepsTheOldCheckpoint) {
  const TemporaryDirectory directory;
  const std::string prefix = directory.Join("p");
  ASSERT_TRUE(Write(prefix, {{"v", Tensor::Scalar(1)}}).has_value());
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit small{.rlim_cur = 1 << 20, .rlim_max = limit.rlim_max};
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Status full = Write(prefix, {{"v", Tensor::Zeros(DType::kFloat32, {1 << 20})}});
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::signal(SIGXFSZ, old_handler);
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().code, ErrorCode::kIo);
  EXPECT_EQ(ReadAll(prefix)->at("v").scalar<int32_t>(), 1);
  EXPECT_EQ(FilesIn(directory.path()).size(), 2u);
}

}  // namespace
}  // namespace fanlight::checkpoint

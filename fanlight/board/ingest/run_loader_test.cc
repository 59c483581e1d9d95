#include "fanlight/board/ingest/run_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <filesystem>

#include "fanlight/board/ingest/blob_fetcher.h"
#include "fanlight/board/ingest/local_source.h"
#include "fanlight/board/ingest/test_log.h"

namespace fanlight::ingest {
namespace {

namespace fs = std::filesystem;
using store::Generations;
using store::SeriesView;
using store::Snapshot;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// One run in a real directory, loaded step by step by hand.
class RunLoaderTest : public testing::Test {
 protected:
  RunLoaderTest() { fs::create_directories(run_directory()); }

  std::string run_directory() const { return directory_.Join("run"); }
  std::string PathOf(int n = 1) const {
    return run_directory() + "/events.out.tfevents." + std::to_string(n) + ".host";
  }

  // What a fresh listing tells, and everything read.
  void Load() {
    std::vector<LogFile> files;
    for (LogFile& file : source_.List().files) {
      if (file.run == "run") files.push_back(std::move(file));
    }
    loader_.SetFiles(std::move(files));
    while (loader_.Step(1 << 20).has_more) {
    }
  }
  // What happens when the system tells that a file was written to.
  RunLoader::Outcome Poke(int n = 1) {
    loader_.Poke(PathOf(n));
    return loader_.Step(1 << 20);
  }

  Snapshot Now() const { return store_->TakeSnapshot(); }
  std::optional<SeriesView> Find(std::string_view kind, std::string_view tag) const {
    const store::RunFacts* run = Now().FindRun("run");
    return run == nullptr ? std::nullopt : Now().FindSeries(run->id, kind, tag);
  }
  std::vector<double> Values(std::string_view tag = "loss",
                             Generations generations = Generations::kCurrent) const {
    const auto series = Find("scalars", tag);
    return series ? series->Window({.generations = generations}).values : std::vector<double>{};
  }

  TemporaryDirectory directory_;
  LocalLogSource source_{{RootOfLogdir(directory_.path())}, {}};
  std::unique_ptr<store::Store> store_ = *store::Store::Create({});
  std::shared_ptr<FileTable> files_ = std::make_shared<FileTable>();
  ByteCounts bytes_;
  ManualClock clock_;
  RunLoader loader_{"run", {source_, *store_, files_, bytes_, clock_}};
  BlobFetcher blobs_{source_, files_};
};

std::string FiveRecords() {
  std::string bytes = VersionRecord();
  for (int step = 0; step < 5; ++step)
    bytes += ScalarRecord("loss", step, static_cast<float>(step));
  return bytes;
}

TEST_F(RunLoaderTest, LoadsScalarsOfSeveralFilesInOrder) {
  WriteText(PathOf(2), VersionRecord() + ScalarRecord("loss", 2, 3));
  WriteText(PathOf(1), VersionRecord() + ScalarRecord("loss", 0, 1) + ScalarRecord("loss", 1, 2));
  Load();
  EXPECT_THAT(Values(), ElementsAre(1, 2, 3));
  const store::RunFacts* run = Now().FindRun("run");
  ASSERT_NE(run, nullptr);
  EXPECT_EQ(run->start_s, 1.7e9);
  EXPECT_EQ(run->last_step, 2);
  EXPECT_EQ(run->points, 3u);
  EXPECT_EQ(run->file_version, 2);
  EXPECT_EQ(bytes_.read.load(), bytes_.total.load());
}

// Often what was written has been read already when the system tells of it: no reason to list all files.
TEST_F(RunLoaderTest, OnlyAFileThatBecameShorterIsWorthAListing) {
  WriteText(PathOf(), VersionRecord() + ScalarRecord("loss", 0, 1));
  Load();
  AppendText(PathOf(), ScalarRecord("loss", 1, 2));
  EXPECT_FALSE(Poke().wants_listing);
  EXPECT_FALSE(Poke().wants_listing);
  EXPECT_THAT(Values(), ElementsAre(1, 2));
  fs::resize_file(PathOf(), VersionRecord().size());
  EXPECT_TRUE(Poke().wants_listing);
}

// A writer may be seen at any moment: at every cut the complete records show, and the rest when it comes.
TEST_F(RunLoaderTest, GoesOnFromEveryByte) {
  const std::string bytes = FiveRecords();
  std::vector<size_t> ends;
  size_t at = VersionRecord().size();
  for (int step = 0; step < 5; ++step) ends.push_back(at += ScalarRecord("loss", step, 1).size());
  ASSERT_EQ(at, bytes.size());
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    fs::remove(PathOf());
    Load();
    ASSERT_THAT(Values(), IsEmpty());
    WriteText(PathOf(), bytes.substr(0, cut));
    Load();
    const auto complete = static_cast<size_t>(
        std::count_if(ends.begin(), ends.end(), [&](size_t end) { return end <= cut; }));
    ASSERT_EQ(Values().size(), complete) << cut;
    AppendText(PathOf(), bytes.substr(cut));
    EXPECT_FALSE(Poke().wants_listing);
    ASSERT_THAT(Values(), ElementsAre(0, 1, 2, 3, 4)) << cut;
  }
  EXPECT_EQ(Now().damage().count, 0u);
}

TEST_F(RunLoaderTest, ReadsGrowthByPiecesOfEverySize) {
  const std::string bytes = FiveRecords();
  for (const size_t piece : {1u, 2u, 3u, 7u, 11u, 50u}) {
    fs::remove(PathOf());
    Load();
    WriteText(PathOf(), "");
    Load();
    for (size_t at = 0; at < bytes.size(); at += piece) {
      AppendText(PathOf(), std::string_view(bytes).substr(at, piece));
      Poke();
    }
    ASSERT_THAT(Values(), ElementsAre(0, 1, 2, 3, 4)) << piece;
  }
}

TEST_F(RunLoaderTest, ReadsATruncatedFileAgain) {
  WriteText(PathOf(), FiveRecords());
  Load();
  ASSERT_EQ(Values().size(), 5u);
  WriteText(PathOf(), VersionRecord() + ScalarRecord("loss", 0, 9));
  Load();
  EXPECT_THAT(Values(), ElementsAre(9));
  EXPECT_EQ(Now().FindRun("run")->points, 1u);
  EXPECT_EQ(bytes_.read.load(), bytes_.total.load());
}

TEST_F(RunLoaderTest, ReadsAFileAgainThatWasWrittenAnewAndOutgrewTheOldOne) {
  WriteText(PathOf(), FiveRecords());
  Load();
  std::string bytes = VersionRecord(1.8e9);
  for (int step = 0; step < 50; ++step) bytes += ScalarRecord("validation/loss", step, 7);
  WriteText(PathOf(), bytes);
  Load();
  Load();
  EXPECT_THAT(Values(), IsEmpty());
  EXPECT_EQ(Values("validation/loss").size(), 50u);
}

TEST_F(RunLoaderTest, ReadsAReplacedFile) {
  WriteText(PathOf(), FiveRecords());
  Load();
  WriteText(directory_.Join("other"),
            VersionRecord() + ScalarRecord("acc", 3, 0.5F) + FiveRecords());
  fs::rename(directory_.Join("other"), PathOf());
  Load();
  EXPECT_THAT(Values("acc"), ElementsAre(0.5));
  EXPECT_EQ(Values().size(), 5u);
}

TEST_F(RunLoaderTest, DropsThePointsOfADeletedFile) {
  WriteText(PathOf(1), VersionRecord() + ScalarRecord("loss", 0, 1));
  WriteText(PathOf(2), VersionRecord() + ScalarRecord("loss", 1, 2));
  Load();
  ASSERT_THAT(Values(), ElementsAre(1, 2));
  fs::remove(PathOf(1));
  Load();
  EXPECT_THAT(Values(), ElementsAre(2));
  fs::remove_all(run_directory());
  Load();
  EXPECT_EQ(Now().FindRun("run"), nullptr);
  EXPECT_EQ(bytes_.total.load(), 0u);
  fs::create_directories(run_directory());
  WriteText(PathOf(3), VersionRecord() + ScalarRecord("loss", 5, 6));
  Load();
  EXPECT_THAT(Values(), ElementsAre(6));
}

TEST_F(RunLoaderTest, TakesANewFileThatSortsBeforeWhatWasRead) {
  WriteText(PathOf(2), VersionRecord() + ScalarRecord("loss", 5, 2));
  Load();
  WriteText(PathOf(1), VersionRecord() + ScalarRecord("loss", 4, 1));
  Load();
  EXPECT_THAT(Values(), ElementsAre(1, 2));
}

TEST_F(RunLoaderTest, CountsDamageAndGoesOn) {
  std::string bytes = FiveRecords();
  const size_t third = VersionRecord().size() + 2 * ScalarRecord("loss", 1, 1).size();
  bytes[third + 20] = static_cast<char>(bytes[third + 20] ^ 1);
  WriteText(PathOf(), bytes);
  Load();
  EXPECT_EQ(Values().size(), 4u);
  const Snapshot now = Now();
  ASSERT_EQ(now.damage().count, 1u);
  EXPECT_EQ(now.damage().items[0].file, "run/events.out.tfevents.1.host");
  EXPECT_GT(now.damage().items[0].bytes, 0u);
  EXPECT_THAT(now.damage().items[0].message, testing::HasSubstr("checksum"));
}

// Nothing behind it tells where the damage ends, but it is told of all the same, and what follows later is read.
TEST_F(RunLoaderTest, TellsOfAFileThatIsGarbageToItsEnd) {
  const std::string good = FiveRecords();
  WriteText(PathOf(), good + std::string(100, 'g'));
  Load();
  EXPECT_EQ(Values().size(), 5u);
  ASSERT_EQ(Now().damage().count, 1u);
  EXPECT_EQ(Now().damage().items[0].offset, good.size());
  EXPECT_EQ(Now().damage().items[0].bytes, 89u);  // The last 11 may yet be a header's beginning.
  Load();
  EXPECT_EQ(Now().damage().count, 1u);

  AppendText(PathOf(), ScalarRecord("loss", 6, 6));
  Poke();
  EXPECT_EQ(Values().size(), 6u);
  EXPECT_EQ(Now().damage().count, 2u);
  EXPECT_EQ(Now().damage().bytes_lost, 100u);
}

TEST_F(RunLoaderTest, TellsOfAFileThatIsNoEventFileAtAll) {
  WriteText(PathOf(1), std::string(5000, 'x'));
  WriteText(PathOf(2), FiveRecords());
  Load();
  EXPECT_EQ(Values().size(), 5u);
  ASSERT_EQ(Now().damage().count, 1u);
  EXPECT_EQ(Now().damage().items[0].file, "run/events.out.tfevents.1.host");
}

TEST_F(RunLoaderTest, CountsRecordsThatAreNoEvents) {
  WriteText(PathOf(),
            VersionRecord() + Framed("\x0a\xff not a message") + ScalarRecord("loss", 1, 1));
  Load();
  EXPECT_THAT(Values(), ElementsAre(1));
  EXPECT_EQ(Now().damage().count, 1u);
  EXPECT_EQ(Now().damage().items[0].offset, VersionRecord().size());
}

TEST_F(RunLoaderTest, ARestartWithoutSessionLogHidesWhatTheLaterFileRepeats) {
  WriteText(PathOf(1), VersionRecord() + ScalarRecord("loss", 0, 0) + ScalarRecord("loss", 1, 1) +
                           ScalarRecord("loss", 2, 2));
  WriteText(PathOf(2), VersionRecord() + ScalarRecord("loss", 1, 11));
  Load();
  EXPECT_THAT(Values(), ElementsAre(0, 11));
  EXPECT_THAT(Values("loss", Generations::kAll), ElementsAre(0, 1, 2, 11));
}

TEST_F(RunLoaderTest, SessionLogsRestartAllTagsAndEndTheRun) {
  WriteText(PathOf(), VersionRecord() + SessionRecord(1, 0) + ScalarRecord("loss", 1, 1) +
                          ScalarRecord("acc", 2, 2) + ScalarRecord("loss", 3, 3) +
                          SessionRecord(1, 2) + ScalarRecord("loss", 2, 22));
  Load();
  EXPECT_THAT(Values(), ElementsAre(1, 22));
  EXPECT_THAT(Values("acc"), IsEmpty());
  EXPECT_EQ(Now().FindRun("run")->session, store::SessionState::kStarted);
  AppendText(PathOf(), SessionRecord(2, 3));
  Poke();
  EXPECT_EQ(Now().FindRun("run")->StatusAt(1e12), store::RunStatus::kFinished);
}

TEST_F(RunLoaderTest, WithoutAVersionAFallingStepPurgesForTheSlowLoaderOnly) {
  std::string bytes;
  for (const int step : {0, 1, 2, 3, 4, 2, 3})
    bytes += ScalarRecord("loss", step, static_cast<float>(step));
  WriteText(PathOf(), bytes);
  Load();
  EXPECT_THAT(Values("loss", Generations::kTensorBoardSlow), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Values(), ElementsAre(0, 1, 2, 3, 4, 2, 3));
}

TEST_F(RunLoaderTest, KeepsEveryTypeOfScalarExactly) {
  const auto tensor = [](int dtype, uint32_t field, const std::string& packed) {
    std::string bytes;
    PutInt(bytes, 1, dtype);
    PutBytes(bytes, 2, "");
    PutBytes(bytes, field, packed);
    return bytes;
  };
  const auto raw = [](auto number) {
    std::string bytes(sizeof(number), '\0');
    std::memcpy(bytes.data(), &number, sizeof(number));
    return bytes;
  };
  const std::string metadata = Metadata("scalars");
  std::string big;
  PutVarint(big, 9007199254740993u);
  WriteText(
      PathOf(),
      SummaryRecord(1, 1,
                    {TensorValueBytes("float", tensor(1, 4, raw(0.1F)), metadata),
                     TensorValueBytes("float_list", tensor(1, 5, raw(0.1F)), metadata),
                     TensorValueBytes("double", tensor(2, 4, raw(0.1)), metadata),
                     TensorValueBytes("double_list", tensor(2, 6, raw(0.1)), metadata),
                     TensorValueBytes("int64", tensor(9, 4, raw(int64_t{-5})), metadata),
                     TensorValueBytes("int64_list", tensor(9, 10, big), metadata),
                     TensorValueBytes("bool", tensor(10, 4, "\x01"), metadata),
                     TensorValueBytes("int32", tensor(3, 4, raw(int32_t{-7})), metadata),
                     TensorValueBytes("half", tensor(19, 4, raw(uint16_t{0x3c00})), metadata),
                     TensorValueBytes("nan", tensor(1, 4, raw(uint32_t{0x7fa00001})), metadata)}));
  Load();
  EXPECT_THAT(Values("float"), ElementsAre(static_cast<double>(0.1F)));
  EXPECT_THAT(Values("float_list"), ElementsAre(static_cast<double>(0.1F)));
  EXPECT_THAT(Values("double"), ElementsAre(0.1));
  EXPECT_THAT(Values("double_list"), ElementsAre(0.1));
  EXPECT_THAT(Values("int64"), ElementsAre(-5));
  EXPECT_THAT(Values("bool"), ElementsAre(1));
  EXPECT_THAT(Values("int32"), ElementsAre(-7));
  EXPECT_THAT(Values("half"), ElementsAre(1));
  EXPECT_EQ(Find("scalars", "int64_list")->IntegerAt(0), 9007199254740993);
  EXPECT_EQ(Find("scalars", "double")->value_type(), store::ValueType::kFloat64);
  EXPECT_EQ(Find("scalars", "bool")->value_type(), store::ValueType::kBool);
  EXPECT_EQ(Find("scalars", "nan")->IntegerAt(0), 0x7fa00001);
}

TEST_F(RunLoaderTest, TheFirstMetadataOfATagWins) {
  std::string tensor;
  PutInt(tensor, 1, 7);
  PutBytes(tensor, 8, "words");
  WriteText(PathOf(),
            SummaryRecord(1, 1, {TensorValueBytes("t", tensor, Metadata("text", "First"))}) +
                SummaryRecord(2, 2, {TensorValueBytes("t", tensor)}) +
                SummaryRecord(3, 3, {TensorValueBytes("t", tensor, Metadata("mesh", "Second"))}));
  Load();
  const auto series = Find("text", "t");
  ASSERT_TRUE(series);
  EXPECT_EQ(series->points(), 3u);
  EXPECT_EQ(series->metadata().display_name, "First");
  const auto blob = blobs_.Read(series->Blobs(Generations::kAll)[1]);
  ASSERT_TRUE(blob) << blob.error().message;
  EXPECT_THAT(blob->strings, ElementsAre("words"));
}

TEST_F(RunLoaderTest, ATagMayHoldSeveralKinds) {
  std::string histogram;
  PutFixed(histogram, 1, 0.0);
  std::string value;
  PutBytes(value, 1, "x");
  PutBytes(value, 5, histogram);
  WriteText(PathOf(), SummaryRecord(1, 1, {SimpleValue("x", 1), value}) +
                          SummaryRecord(2, 2, {SimpleValue("x", 2), value}));
  Load();
  EXPECT_THAT(Values("x"), ElementsAre(1, 2));
  EXPECT_EQ(Find("histograms", "x")->points(), 2u);
}

// A tensor of raw doubles of this shape.
std::string DoublesOf(const std::vector<int64_t>& shape, const std::vector<double>& numbers) {
  std::string dimensions;
  for (const int64_t size : shape) {
    std::string dimension;
    PutInt(dimension, 1, size);
    PutBytes(dimensions, 2, dimension);
  }
  std::string tensor;
  PutInt(tensor, 1, 2);
  PutBytes(tensor, 2, dimensions);
  PutBytes(tensor, 4,
           {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double)});
  return tensor;
}

// Tensors are expected to be as the last one of their tag but for their numbers; each of these breaks with that.
TEST_F(RunLoaderTest, TensorsThatAreLikeTheOnesBeforeAndThoseThatAreNot) {
  const std::string metadata = Metadata("histograms");
  const std::vector<double> six = {0, 1, 2, 3, 4, 5};
  const auto of = [&](std::string_view tag, const std::vector<int64_t>& shape, double first,
                      const std::string& like = {}) {
    std::vector<double> numbers = six;
    numbers[0] = first;
    return TensorValueBytes(tag, DoublesOf(shape, numbers), like);
  };
  std::string floats = DoublesOf({2, 3}, six);
  floats[1] =
      1;  // As floats: twice as many bytes as the shape says, and of as many bytes as the one before.
  std::string bytes = VersionRecord();
  const auto add = [&](int64_t step, const std::vector<std::string>& values) {
    bytes += SummaryRecord(static_cast<double>(step), step, values);
  };
  add(1, {of("a", {2, 3}, 10, metadata), of("b", {6}, 11), SimpleValue("c", 1)});
  add(2, {of("a", {2, 3}, 20, metadata), of("b", {6}, 21), SimpleValue("c", 2)});
  add(3, {of("a", {1, 3}, 30, metadata), of("b", {6}, 31), SimpleValue("c", 3)});  // Fewer items.
  add(4, {of("a", {1, 3}, 40), of("b", {6}, 41), SimpleValue("c", 4)});  // Without metadata.
  add(5, {of("b", {6}, 51), of("a", {2, 3}, 50, metadata)});             // In another order.
  add(6, {of("b", {6}, 61), of("a", {2, 3}, 60, Metadata("text"))});     // The first one's hold.
  add(7, {SimpleValue("b", 7), of("b", {6}, 71), of("a", {2, 3}, 70, metadata)});
  add(8, {SimpleValue("b", 8), TensorValueBytes("b", floats), of("a", {2, 3}, 80, metadata)});
  bytes += Framed(EventBytes(9, 9) + '\x07');  // No event, of which nothing comes.
  add(10, {of("b", {6}, 101), of("a", {2, 3}, 100, metadata)});
  WriteText(PathOf(), bytes);
  Load();
  using testing::Pair;
  const auto items_of = [&](std::string_view kind, std::string_view tag) {
    std::vector<std::pair<int64_t, uint32_t>> items;
    const auto series = Find(kind, tag);
    for (const store::BlobRef& ref : series->Blobs(Generations::kAll)) {
      items.emplace_back(ref.step, ref.items);
      EXPECT_EQ(ref.wall_time_s, static_cast<double>(ref.step));
      const auto blob = blobs_.Read(ref);
      if (!blob) {
        EXPECT_EQ(ref.step, tag == "b" ? 8 : ref.step == 3 ? 3 : 4) << blob.error().message;
        continue;
      }
      EXPECT_EQ(blob->numbers[0], 10.0 * static_cast<double>(ref.step) + (tag == "b" ? 1 : 0));
    }
    return items;
  };
  EXPECT_THAT(items_of("histograms", "a"),
              ElementsAre(Pair(1, 6), Pair(2, 6), Pair(3, 3), Pair(4, 3), Pair(5, 6), Pair(6, 6),
                          Pair(7, 6), Pair(8, 6), Pair(10, 6)));
  EXPECT_THAT(items_of("tensors", "b"),
              ElementsAre(Pair(1, 6), Pair(2, 6), Pair(3, 6), Pair(4, 6), Pair(5, 6), Pair(6, 6),
                          Pair(7, 6), Pair(8, 6), Pair(10, 6)));
  EXPECT_THAT(Values("c"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(Values("b"), ElementsAre(7, 8));
  EXPECT_EQ(Now().FindRun("run")->last_step, 10);
}

TEST_F(RunLoaderTest, ShowsTheGraphOfAMetaGraphWhenThereIsNoOther) {
  std::string meta_graph;
  PutBytes(meta_graph, 2, "graph bytes");
  std::string event = EventBytes(1, 0);
  PutBytes(event, 9, meta_graph);
  WriteText(PathOf(), VersionRecord() + Framed(event));
  Load();
  const auto series = Find("graphs", "__run_graph__");
  ASSERT_TRUE(series);
  EXPECT_THAT(blobs_.Read(series->Blobs(Generations::kAll)[0])->strings,
              ElementsAre("graph bytes"));
}

TEST_F(RunLoaderTest, ABlobThatIsNoLongerThereIsAnError) {
  std::string tensor;
  PutInt(tensor, 1, 7);
  PutBytes(tensor, 8, "words");
  const std::string record = SummaryRecord(1, 1, {TensorValueBytes("t", tensor, Metadata("text"))});
  WriteText(PathOf(), record);
  Load();
  const store::BlobRef ref = Find("text", "t")->Blobs(Generations::kAll)[0];
  ASSERT_TRUE(blobs_.Read(ref));
  std::string changed = record;
  changed[20] = static_cast<char>(changed[20] ^ 1);
  std::fstream(PathOf(), std::ios::binary | std::ios::in | std::ios::out)
      .write(changed.data(), static_cast<std::streamsize>(changed.size()));
  EXPECT_EQ(blobs_.Read(ref).error().code, ErrorCode::kDataLoss);
  WriteText(PathOf(), "");
  EXPECT_EQ(blobs_.Read(ref).error().code, ErrorCode::kDataLoss);
  store::BlobRef elsewhere = ref;
  elsewhere.file.index = 99;
  EXPECT_EQ(blobs_.Read(elsewhere).error().code, ErrorCode::kNotFound);
}

TEST_F(RunLoaderTest, TagsThatAreNotUtf8AreShown) {
  WriteText(PathOf(), ScalarRecord("l\xffss", 1, 1));
  Load();
  EXPECT_THAT(Values("l\uFFFDss"), ElementsAre(1));
}

}  // namespace
}  // namespace fanlight::ingest

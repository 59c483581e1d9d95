#include "fanlight/board/store/index.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

#include <bit>

#include "fanlight/board/store/byte_codec.h"
#include "fanlight/board/store/test_index.h"

namespace fanlight::store {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST_F(IndexTest, GivesBackWhatWasSaved) {
  std::string before;
  {
    const auto store = Open();
    Fill(*store, "run");
    before = ContentsOf(store->TakeSnapshot());
  }
  const auto store = Open();
  EXPECT_THAT(store->SavedRuns(), ElementsAre("run"));
  const auto bytes = store->SavedLoaderBytes("run");
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
            kLoaderBytes);
  EXPECT_TRUE(store->SavedLoaderBytes("another").empty());
  RunWriter& run = store->AddRun("run");
  ASSERT_TRUE(run.Restore(kFiles));
  EXPECT_EQ(ContentsOf(store->TakeSnapshot()), before);
  EXPECT_EQ(store->TakeSnapshot().damage().bytes_lost, 4u);
}

TEST_F(IndexTest, NotesOfARunComeBackWithIt) {
  const SeriesMetadata note = {.kind = std::string(RunFacts::kNoteKind), .content = "lr"};
  {
    const auto store = Open();
    RunWriter& run = store->AddRun("run");
    run.BeginFile(0, FileId{7});
    run.AddSeries("_hparams_/session_start_info", note, RunWriter::Form::kBlobs);
    run.Commit();
    run.Save(LoaderBytes());
  }
  const auto store = Open();
  RunWriter& run = store->AddRun("run");
  ASSERT_TRUE(run.Restore({FileId{7}}));
  ASSERT_TRUE(run.Resume());
  run.Commit();
  const Snapshot now = store->TakeSnapshot();
  ASSERT_THAT(now.Runs(), SizeIs(1));
  ASSERT_THAT(now.Runs()[0]->notes, SizeIs(1));
  EXPECT_EQ(now.Runs()[0]->notes[0].tag, "_hparams_/session_start_info");
  EXPECT_EQ(now.Runs()[0]->notes[0].content, "lr");
}

TEST_F(IndexTest, GoesOnWhereItStopped) {
  const auto append = [](RunWriter& run) {
    for (int64_t i = 0; i < 300; ++i) {
      run.series(0).Append(ValueType::kFloat32, 6000 + i, 1.8e9 + static_cast<double>(i), 1);
      run.series(2).Append(BlobRef{.file = {1}, .step = 6000 + i});
    }
    run.FreezeTails();
    run.Commit();
  };
  std::string at_once;
  {
    const auto store = *Store::Create({});
    Fill(*store, "run");
    append(store->AddRun("run"));
    at_once = ContentsOf(store->TakeSnapshot());
  }
  {
    const auto store = Open();
    Fill(*store, "run");
  }
  const auto store = Open();
  RunWriter& run = store->AddRun("run");
  ASSERT_TRUE(run.Restore(kFiles));
  ASSERT_TRUE(run.Resume());
  append(run);
  EXPECT_EQ(ContentsOf(store->TakeSnapshot()), at_once);
  // Blocks of a few points each start would make a window slow.
  const auto series = store->TakeSnapshot().FindSeries(run.id(), "scalars", "loss");
  uint32_t stretches = 0;
  series->ForEachRun(Generations::kAll, [&](const ScalarRun&) { ++stretches; });
  EXPECT_LE(stretches, 3u);
}

TEST_F(IndexTest, ManySmallGrowthsMakeNoChainOfBlocks) {
  for (int start = 0; start < 60; ++start) {
    const auto store = Open();
    RunWriter& run = store->AddRun("run");
    if (start > 0) {
      ASSERT_TRUE(run.Restore({FileId{0}}));
      ASSERT_TRUE(run.Resume());
    } else {
      run.BeginFile(0, FileId{0});
      run.AddSeries("loss", {.kind = "scalars"}, RunWriter::Form::kScalars);
      run.AddSeries("image", {.kind = "images"}, RunWriter::Form::kBlobs);
    }
    for (int i = 0; i < 10; ++i) {
      run.series(0).Append(ValueType::kFloat32, start * 10 + i, 1.7e9, 5);
      run.series(1).Append(BlobRef{.file = {0}, .step = start * 10 + i});
    }
    run.FreezeTails();
    run.Commit();
    run.Save({});
  }
  const auto store = Open();
  RunWriter& run = store->AddRun("run");
  ASSERT_TRUE(run.Restore({FileId{0}}));
  const Snapshot now = store->TakeSnapshot();
  uint32_t stretches = 0;
  int64_t next = 0;
  now.FindSeries(run.id(), "scalars", "loss")
      ->ForEachRun(Generations::kAll, [&](const ScalarRun& points) {
        ++stretches;
        for (const int64_t step : points.steps) EXPECT_EQ(step, next++);
      });
  EXPECT_EQ(next, 600);
  EXPECT_LE(stretches, 3u);
  EXPECT_THAT(now.FindSeries(run.id(), "images", "image")->Blobs(Generations::kAll), SizeIs(600));
}

// The most a kill can do is to cut the last write short.
// Every byte of the index is behind a checksum: what is flipped is found, and never shown.
TEST_F(IndexTest, TheSecondProcessReadsAndKeepsItsOwnToItself) {
  const auto writer = Open();
  Fill(*writer, "run", 100);
  writer->SettleIndex(true);
  const std::string before = *ReadWholeFile(FileOf("catalogue"));
  {
    const auto reader = Open();
    ASSERT_TRUE(reader->AddRun("run").Restore(kFiles));
    EXPECT_EQ(ContentsOf(reader->TakeSnapshot()), ContentsOf(writer->TakeSnapshot()));
    Fill(*reader, "other", 5000);
    reader->SettleIndex(true);
    EXPECT_EQ(reader->TakeSnapshot().total_points(), 100u + 100 + 7 + 5000 + 5000 + 313);
  }
  EXPECT_EQ(*ReadWholeFile(FileOf("catalogue")), before);
  // The writer goes on, and the next one sees what it wrote.
  Fill(*writer, "later", 10);
  const auto reader = Open();
  EXPECT_TRUE(reader->AddRun("later").Restore(kFiles));
}

TEST_F(IndexTest, TheOldestGoWhenTheLimitIsReached) {
  for (const char* subject : {"/a", "/b", "/c"}) {
    {
      const auto store = Open(uint64_t{10} << 30, subject);
      Fill(*store, "run", 5000);
    }
    // Opened at different times.
    const timespec opened[2] = {{1'700'000'000 + subject[1], 0}, {1'700'000'000 + subject[1], 0}};
    ::utimensat(AT_FDCWD, JoinPath(folder(subject), "lock").c_str(), opened, 0);
  }
  const auto held = Open(uint64_t{10} << 30, "/a");  // In use: it stays, though it is the oldest.
  const timespec opened[2] = {{1, 0}, {1, 0}};
  ::utimensat(AT_FDCWD, JoinPath(folder("/a"), "lock").c_str(), opened, 0);
  uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(index_directory())) {
    struct stat status{};
    if (::stat(entry.path().c_str(), &status) == 0 && entry.is_regular_file()) {
      bytes += static_cast<uint64_t>(status.st_blocks) * 512;
    }
  }
  const auto store = Open(bytes - 1, "/d");
  EXPECT_TRUE(fs::exists(folder("/a")));
  EXPECT_FALSE(fs::exists(folder("/b")));
  EXPECT_TRUE(fs::exists(folder("/c")));
  EXPECT_TRUE(fs::exists(folder("/d")));
}

TEST_F(IndexTest, OneLogdirDoesNotGrowPastTheLimit) {
  {
    const auto store = Open(uint64_t{100} << 10);
    for (int i = 0; i < 10; ++i) Fill(*store, "run" + std::to_string(i), 5000);
    EXPECT_EQ(store->TakeSnapshot().total_points(), 10u * (5000 + 5000 + 313));
  }
  EXPECT_LE(fs::file_size(FileOf("blocks")), 100u << 10);
  const auto store = Open(uint64_t{100} << 10);
  EXPECT_TRUE(store->AddRun("run0").Restore(kFiles));
  EXPECT_FALSE(store->AddRun("run9").Restore(kFiles));
}

TEST_F(IndexTest, RunsThatWentLeaveIt) {
  {
    const auto store = Open();
    Fill(*store, "here", 10);
    Fill(*store, "gone", 10);
    Fill(*store, "removed", 10);
    store->AddRun("removed").Remove();
  }
  {
    const auto store = Open();
    EXPECT_FALSE(store->AddRun("removed").Restore(kFiles));
    ASSERT_TRUE(store->AddRun("here").Restore(kFiles));
    store->SettleIndex(true);
  }
  const auto store = Open();
  EXPECT_TRUE(store->AddRun("here").Restore(kFiles));
  EXPECT_FALSE(store->AddRun("gone").Restore(kFiles));
}

TEST_F(IndexTest, LiveBlocksAreCopiedWhenMostAreStale) {
  const auto open = [&] {
    return Index::Open({.directory = index_directory(), .subject = "/s", .least_stale_bytes = 1});
  };
  const std::vector<std::byte> junk(100'000);
  {
    const auto store = Open(uint64_t{1} << 30, "/s");
    Fill(*store, "run", 5000);
  }
  {
    open()->blocks()->Append(junk);
  }
  const auto bytes = [&] {
    uint64_t sum = 0;
    for (const auto& entry : fs::directory_iterator(folder("/s"))) sum += entry.file_size();
    return sum;
  };
  const uint64_t before = bytes();
  for (int i = 0; i < 3; ++i) open()->blocks()->Append(junk);
  open();
  EXPECT_LT(bytes(), before);
  std::string want;
  {
    const auto store = *Store::Create({});
    Fill(*store, "run", 5000);
    want = ContentsOf(store->TakeSnapshot());
  }
  const auto store = Open(uint64_t{1} << 30, "/s");
  ASSERT_TRUE(store->AddRun("run").Restore(kFiles));
  EXPECT_EQ(ContentsOf(store->TakeSnapshot()), want);
}

// Records of one run over and over, as a live run writes them.
TEST_F(IndexTest, ACatalogueOfStaleRecordsIsWrittenAnew) {
  uint64_t greatest = 0;
  {
    const auto index = Index::Open({.directory = index_directory(), .subject = "/logs"});
    index->Settle();
    ByteWriter record;
    record.PutText("run");
    record.PutBytes(std::vector<std::byte>(100'000));
    for (int i = 0; i < 200; ++i) {
      index->Save("run", record.bytes());
      greatest = std::max<uint64_t>(greatest, fs::file_size(FileOf("catalogue")));
    }
  }
  EXPECT_LT(greatest, 5u << 20);
  const auto index = Index::Open({.directory = index_directory(), .subject = "/logs"});
  EXPECT_THAT(index->Runs(), ElementsAre("run"));
  EXPECT_THAT(index->Find("run"), SizeIs(100'000 + 3 + 8));
}

// docs/formats/index.md shows these bytes.
TEST_F(IndexTest, TheFormatPagesExampleIsWhatIsWritten) {
  {
    const auto store = Open(uint64_t{1} << 30, "\n/logs\n");
    RunWriter& run = store->AddRun("r");
    run.BeginFile(0, FileId{0});
    run.NoteStart(1.5);
    const uint32_t loss = run.AddSeries("loss", {.kind = "scalars"}, RunWriter::Form::kScalars);
    run.series(loss).Append(ValueType::kFloat32, 10, 1.5, std::bit_cast<uint32_t>(0.5f));
    run.FreezeTails();
    run.Commit();
    run.Save(std::as_bytes(std::span(std::string_view("L"))));
  }
  const auto hex = [](const std::string& bytes) {
    std::string text;
    for (const char c : bytes) text += fmt::format("{:02x}", static_cast<uint8_t>(c));
    return text;
  };
  const std::string inside = folder("\n/logs\n");
  EXPECT_EQ(hex(*ReadWholeFile(JoinPath(inside, "catalogue.1"))),
            "464c494e4445580a0200000001000000070000000a2f6c6f67730aa6634b67a30000006cd0c3b401"
            "0100000072010000004c03000000000000f83f000000000000f83f00000000000000000000000000"
            "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
            "0000000000000000000000000000000001000000040000006c6f737309070000007363616c617273"
            "00000000000000000000000000000000000001000000000000000000000000000000000000009800"
            "0000");
  EXPECT_EQ(hex(*ReadWholeFile(JoinPath(inside, "blocks.1"))),
            "c97e3633980000000100010000000000000000000000e03f0a000000000000000a00000000000000"
            "000000000000f83f000000000000f83f00000000ffff000000000000070000000a00000000000000"
            "00000000000000009000000000000000000060000000000000000000000000009000000000000100"
            "0000003f00000000000000000000000090000000000000000000000000000000");
}

// A disk that is full is a write that fails: nothing else changes.
// Any series whatever comes back bit for bit.
RC_GTEST_PROP(IndexProperty, ComesBackBitForBit, ()) {
  const TemporaryDirectory directory;
  const Store::Options options{.index_directory = directory.path(), .index_subject = "/x"};
  const auto numbers = *rc::gen::container<std::vector<uint64_t>>(rc::gen::arbitrary<uint64_t>());
  std::string before;
  const auto write = [&](Store& store, size_t from, size_t to) {
    RunWriter& run = store.AddRun("run");
    if (run.series_count() == 0) {
      run.BeginFile(0, FileId{0});
      run.AddSeries("a", {.kind = "scalars"}, RunWriter::Form::kScalars);
      run.AddSeries("b", {.kind = "x"}, RunWriter::Form::kBlobs);
    }
    for (size_t i = from; i < to; ++i) {
      const uint64_t n = numbers[i];
      if (n % 13 == 0) run.BeginFile(static_cast<uint32_t>(i), FileId{static_cast<uint32_t>(i)});
      if (n % 17 == 0) run.Supersede(static_cast<int64_t>(n % 7), n % 2 == 0);
      const auto type = static_cast<ValueType>(n % 3);
      run.series(0).Append(type, static_cast<int64_t>(n * n), std::bit_cast<double>(n),
                           type == ValueType::kFloat32 ? n & 0xffffffffu : n);
      run.series(1).Append(
          BlobRef{.file = {0}, .record_offset = n, .step = static_cast<int64_t>(n)});
    }
    run.FreezeTails();
    run.Commit();
    run.Save({});
  };
  const size_t half = numbers.size() / 2;
  const auto plain = *Store::Create({});
  write(*plain, 0, half);
  write(*plain, half, numbers.size());
  {
    write(**Store::Create(options), 0, half);
  }
  const std::vector<FileId> files = [&] {
    std::vector<FileId> ids;
    for (uint32_t i = 0; i <= numbers.size(); ++i) ids.push_back({i});
    return ids;
  }();
  {
    const auto store = *Store::Create(options);
    RunWriter& run = store->AddRun("run");
    RC_ASSERT(run.Restore(files));
    RC_ASSERT(run.Resume());
    write(*store, half, numbers.size());
    RC_ASSERT(ContentsOf(store->TakeSnapshot()) == ContentsOf(plain->TakeSnapshot()));
  }
  const auto store = *Store::Create(options);
  RC_ASSERT(store->AddRun("run").Restore(files));
  RC_ASSERT(ContentsOf(store->TakeSnapshot()) == ContentsOf(plain->TakeSnapshot()));
}

}  // namespace
TEST_F(IndexTest, WhatWasRestoredIsGivenBackWithTheStore) {
  constexpr int kRuns = 30;
  {
    const auto store = Open();
    for (int i = 0; i < kRuns; ++i) Fill(*store, "run" + std::to_string(i), 600);
  }
  const auto open_and_close = [&] {
    const auto store = Open();
    for (int i = 0; i < kRuns; ++i) {
      ASSERT_TRUE(store->AddRun("run" + std::to_string(i)).Restore(kFiles));
    }
  };
  open_and_close();
  const size_t before = ::mallinfo2().uordblks;
  for (int round = 0; round < 20; ++round) open_and_close();
  // Something of each run would be many times as much. Sanitizers tell zero here, and find it by themselves.
  EXPECT_LT(::mallinfo2().uordblks, before + (size_t{64} << 10));
}

}  // namespace fanlight::store

// What may happen to an index, and what must not come of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "fanlight/board/store/test_index.h"

namespace fanlight::store {
namespace {

namespace fs = std::filesystem;

TEST_F(IndexTest, TakesWhatIsWholeOfACatalogueCutAnywhere) {
  {
    const auto store = Open();
    for (const char* name : {"a", "b", "c"}) Fill(*store, name, 50);
  }
  const std::string catalogue = *ReadWholeFile(FileOf("catalogue"));
  const std::string blocks = *ReadWholeFile(FileOf("blocks"));
  std::string contents;
  {
    const auto store = *Store::Create({});
    Fill(*store, "a", 50);
    contents = ContentsOf(store->TakeSnapshot());
  }
  size_t restored = 0;
  for (size_t cut = 0; cut <= catalogue.size(); ++cut) {
    fs::remove_all(folder());
    fs::create_directories(folder());
    std::ofstream(JoinPath(folder(), "catalogue.1"), std::ios::binary) << catalogue.substr(0, cut);
    std::ofstream(JoinPath(folder(), "blocks.1"), std::ios::binary) << blocks;
    const auto store = Open();
    const bool is_there = store->AddRun("a").Restore(kFiles);
    restored += is_there ? 1 : 0;
    if (is_there) {
      ASSERT_EQ(ContentsOf(store->TakeSnapshot()), contents) << cut;
    }
    // And it is an index again, whatever it was.
    Fill(*store, "d", 20);
    store->SettleIndex(false);
  }
  EXPECT_GT(restored, catalogue.size() / 2);
  const auto store = Open();
  EXPECT_TRUE(store->AddRun("a").Restore(kFiles));
  EXPECT_TRUE(store->AddRun("d").Restore(kFiles));
}

TEST_F(IndexTest, BlocksCutShortAreNotBelieved) {
  {
    const auto store = Open();
    Fill(*store, "run", 600);
  }
  const std::string path = FileOf("blocks");
  const std::string blocks = *ReadWholeFile(path);
  for (size_t cut = 0; cut < blocks.size(); cut += 7) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << blocks.substr(0, cut);
    const auto store = Open();
    EXPECT_FALSE(store->AddRun("run").Restore(kFiles)) << cut;
  }
}

TEST_F(IndexTest, NoFlippedBitIsBelieved) {
  {
    const auto store = Open();
    Fill(*store, "run", 40);
  }
  std::string want;
  {
    const auto store = *Store::Create({});
    Fill(*store, "run", 40);
    want = ContentsOf(store->TakeSnapshot());
  }
  const std::string catalogue_path = FileOf("catalogue");
  const std::string blocks_path = FileOf("blocks");
  const std::string catalogue = *ReadWholeFile(catalogue_path);
  const std::string blocks = *ReadWholeFile(blocks_path);
  size_t found = 0;
  const auto look = [&] {
    const auto store = Open();
    std::string told;
    store->SetBrokenRunListener([&](std::string_view run) { told = run; });
    if (!store->AddRun("run").Restore(kFiles)) {
      ++found;
      return;
    }
    const std::string got = ContentsOf(store->TakeSnapshot());
    if (told.empty()) {
      ASSERT_EQ(got, want);  // Bytes between blocks, which mean nothing.
      return;
    }
    EXPECT_EQ(told, "run");
    ++found;
    // Nothing wrong was shown: what is damaged counts as empty.
    store->SetBrokenRunListener(nullptr);
    for (const RunFacts* run : store->TakeSnapshot().Runs()) {
      bool is_any_empty = false;
      for (const SeriesView& series : store->TakeSnapshot().Series(run->id)) {
        is_any_empty =
            is_any_empty || (series.is_scalars() ? !series.Last(Generations::kAll)
                                                 : series.Blobs(Generations::kAll).empty());
      }
      EXPECT_TRUE(is_any_empty);
    }
  };
  for (size_t bit = 0; bit < catalogue.size() * 8; bit += 13) {
    std::string bytes = catalogue;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    std::ofstream(catalogue_path, std::ios::binary | std::ios::trunc) << bytes;
    look();
    // A damaged catalogue is replaced by a new one of another name.
    fs::remove_all(folder());
    fs::create_directories(folder());
    std::ofstream(blocks_path, std::ios::binary) << blocks;
  }
  EXPECT_EQ(found, (catalogue.size() * 8 + 12) / 13);
  found = 0;
  std::ofstream(catalogue_path, std::ios::binary | std::ios::trunc) << catalogue;
  for (size_t bit = 0; bit < blocks.size() * 8; bit += 37) {
    std::string bytes = blocks;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    std::ofstream(blocks_path, std::ios::binary | std::ios::trunc) << bytes;
    look();
  }
  EXPECT_GT(found, blocks.size() * 8 / 37 * 9 / 10);
}

TEST_F(IndexTest, AnotherSubjectOfTheSameNameIsNotBelieved) {
  {
    const auto store = Open();
    Fill(*store, "run", 10);
  }
  fs::rename(folder(), folder("/other"));
  const auto store = Open(uint64_t{1} << 30, "/other");
  EXPECT_FALSE(store->AddRun("run").Restore(kFiles));
}

TEST_F(IndexTest, MayBeDeletedWhileItIsUsed) {
  const auto store = Open();
  Fill(*store, "run", 100);
  store->SettleIndex(true);
  fs::remove_all(index_directory());
  Fill(*store, "other", 5000);
  EXPECT_EQ(ContentsOf(store->TakeSnapshot()).empty(), false);
  EXPECT_EQ(store->TakeSnapshot().Runs().size(), 2u);
  const auto next = Open();
  EXPECT_FALSE(next->AddRun("run").Restore(kFiles));
  Fill(*next, "run", 100);
}

TEST_F(IndexTest, WithoutAUsableDirectoryNothingIsKept) {
  std::ofstream(index_directory()) << "a file";
  const auto store = Open();
  Fill(*store, "run", 5000);
  EXPECT_EQ(store->TakeSnapshot().total_points(), 5000u + 5000 + 313);
  EXPECT_TRUE(fs::is_regular_file(index_directory()));
}

TEST_F(IndexTest, AFullDiskCostsTheIndexOnly) {
  std::string want;
  {
    const auto store = *Store::Create({});
    for (const char* name : {"a", "b", "c"}) Fill(*store, name);
    want = ContentsOf(store->TakeSnapshot());
  }
  for (const rlim_t limit : {rlim_t{0}, rlim_t{100}, rlim_t{50'000}, rlim_t{90'000}}) {
    fs::remove_all(index_directory());
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit full{limit, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
    {
      const auto store = Open();
      for (const char* name : {"a", "b", "c"}) Fill(*store, name);
      store->SettleIndex(true);
      EXPECT_EQ(ContentsOf(store->TakeSnapshot()), want) << limit;
    }
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, handler);
    // What was kept is right, and what was not is not there.
    const auto store = Open();
    const bool has_all = store->AddRun("a").Restore(kFiles) && store->AddRun("b").Restore(kFiles) &&
                         store->AddRun("c").Restore(kFiles);
    EXPECT_FALSE(has_all) << limit;
    Fill(*store, "d", 10);
    store->SettleIndex(false);
  }
}

TEST_F(IndexTest, ADirectoryThatMayOnlyBeReadIsRead) {
  {
    const auto store = Open();
    Fill(*store, "run", 100);
  }
  // Root may write anywhere: become somebody else for a while.
  constexpr uid_t kNobody = 65534;
  const bool is_root = ::geteuid() == 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) {
    ::chmod(entry.path().c_str(), entry.is_directory() ? 0555 : 0444);
  }
  ::chmod(directory_.path().c_str(), 0555);
  if (is_root) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  {
    const auto store = Open();
    EXPECT_TRUE(store->AddRun("run").Restore(kFiles));
    Fill(*store, "other", 5000);
    store->SettleIndex(true);
    EXPECT_EQ(store->TakeSnapshot().Runs().size(), 2u);
    EXPECT_FALSE(store->keeps_index());
  }
  if (is_root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
  ::chmod(directory_.path().c_str(), 0755);
  for (const auto& entry : fs::recursive_directory_iterator(directory_.path())) {
    ::chmod(entry.path().c_str(), 0755);
  }
  const auto store = Open();
  EXPECT_TRUE(store->AddRun("run").Restore(kFiles));
  EXPECT_FALSE(store->AddRun("other").Restore(kFiles));
}

}  // namespace
}  // namespace fanlight::store

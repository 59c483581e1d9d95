// One measurement of saving or restoring a gigabyte of variables, in a process of its own: peak
// memory is told by the system for a process as a whole. bench/checkpoint.py calls it in turns with
// the peers.
//
//   checkpoint-measure save|save-without-fsync|restore|restore-again|first-tensor|disk PREFIX
//
// Prints a line of JSON. `extra_mb` is memory beyond the variables. "restore" gives values to
// variables that have none, "restore-again" to variables that have them. "disk" measures what the
// device, the page cache and fresh memory give without us: the best of several ways for each.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "fanlight/base/check.h"
#include "fanlight/base/file.h"
#include "fanlight/base/text.h"
#include "fanlight/engine/checkpoint/bundle_reader.h"
#include "fanlight/engine/checkpoint/saver.h"
#include "fanlight/engine/graph/ops/random.h"
#include "fanlight/engine/graph/ops/state.h"

namespace fanlight {
namespace {

constexpr int kVariables = 16;
constexpr int64_t kElements = 16 << 20;
constexpr uint64_t kTotalBytes = uint64_t{kVariables} * kElements * sizeof(float);

template <typename T>
T Must(Result<T> result) {
  FL_CHECK(result.has_value(), result ? "" : result.error().message);
  return *std::move(result);
}
void Must(const Status& status) {
  FL_CHECK(status.has_value(), status ? "" : status.error().message);
}

double SecondsOf(const std::function<void()>& run) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  run();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// "VmHWM" is the peak, "VmRSS" what is held now.
double MegabytesOf(std::string_view field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::strtod(line.c_str() + field.size() + 1, nullptr) / 1e3;
  }
  return 0;
}

// The host of a virtual machine takes back what is free within seconds; what is measured is not the host.
void ClaimFreeMemory() {
  constexpr size_t kBytes = kTotalBytes / 4 * 5;
  void* const pages = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  FL_CHECK(pages != MAP_FAILED, "memory for the checkpoint");
  ::munmap(pages, kBytes);
}

// What `run` takes at its peak beyond what is held when it begins.
double ExtraMegabytesOf(const std::function<void()>& run) {
  ClaimFreeMemory();
  std::ofstream("/proc/self/clear_refs") << "5\n";  // The peak begins anew.
  const double before = MegabytesOf("VmRSS");
  run();
  return MegabytesOf("VmHWM") - before;
}

void Report(double seconds, double extra_mb) {
  fmt::print("{{\"seconds\": {:.6f}, \"extra_mb\": {:.1f}}}\n", seconds, extra_mb);
}

// Element `at` of variable `i`.
float ValueAt(int64_t at, size_t i) {
  return static_cast<float>(at) * 0.001f + static_cast<float>(i);
}

struct Model {
  GraphBuilder graph;
  std::unique_ptr<checkpoint::Saver> saver;
  std::unique_ptr<Session> session;
  std::vector<Variable> variables;

  explicit Model(bool sync) {
    for (int i = 0; i < kVariables; ++i) {
      variables.push_back(MakeVariable(graph, RandomUniform(graph, {kElements}, {.seed = i + 1}),
                                       fmt::format("v{:02d}", i)));
    }
    saver = Must(checkpoint::Saver::Create(graph, {.sync = sync}));
    session = Must(Session::Create(Must(graph.Build())));
  }
  void Fill() {
    for (size_t i = 0; i < variables.size(); ++i) {
      Tensor value(DType::kFloat32, {kElements});
      float* const to = value.mutable_flat<float>().data();
      for (int64_t at = 0; at < kElements; ++at) to[at] = ValueAt(at, i);
      Must(session->EditVariables({variables[i].ref}, [&](std::span<Tensor> values) -> Status {
        values[0] = std::move(value);
        return {};
      }));
    }
  }
};

// The page cache holds the checkpoint afterwards.
void Warm(const std::string& prefix) {
  const File file = Must(File::OpenForReading(checkpoint::DataPath(prefix, 0, 1)));
  std::vector<std::byte> piece(1 << 20);
  for (uint64_t offset = 0; Must(file.ReadAt(offset, piece)) == piece.size();
       offset += piece.size()) {
  }
}

void Save(const std::string& prefix, bool sync) {
  Model model(sync);
  model.Fill();
  double seconds = 0;
  const double extra = ExtraMegabytesOf([&] {
    seconds = SecondsOf(
        [&] { Must(model.saver->Save(*model.session, prefix, {.write_meta_graph = false})); });
  });
  Report(seconds, extra);
}

void Restore(const std::string& prefix, bool has_values) {
  Model model(false);
  if (has_values) model.Fill();
  Warm(prefix);
  double seconds = 0;
  double extra = ExtraMegabytesOf(
      [&] { seconds = SecondsOf([&] { Must(model.saver->Restore(*model.session, prefix)); }); });
  if (!has_values) extra -= static_cast<double>(kTotalBytes) / 1e6;
  for (size_t i = 0; i < model.variables.size(); ++i) {
    const Tensor value = Must(model.session->ReadVariable(model.variables[i].ref));
    FL_CHECK(value.flat<float>().back() == ValueAt(kElements - 1, i),
             "what is restored is what was saved");
  }
  Report(seconds, extra);
}

void FirstTensor(const std::string& prefix) {
  Warm(prefix);
  double seconds = 0;
  const double extra = ExtraMegabytesOf([&] {
    seconds = SecondsOf([&] {
      const auto reader = Must(checkpoint::BundleReader::Open(prefix));
      Must(reader->View("v00"));
    });
  });
  Report(seconds, extra);
}

// A gigabyte that is in memory already.
std::byte* TouchedMemory() {
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(4096, kTotalBytes));
  FL_CHECK(memory != nullptr, "a gigabyte of memory");
  for (uint64_t at = 0; at < kTotalBytes; ++at) memory[at] = static_cast<std::byte>(at * 7 >> 3);
  return memory;
}

// Calls `piece` for all pieces of a gigabyte, on several threads.
void InPieces(size_t threads, const std::function<void(uint64_t offset, size_t size)>& piece) {
  constexpr uint64_t kPieceBytes = uint64_t{4} << 20;
  std::atomic<uint64_t> next{0};
  std::vector<std::jthread> running;
  for (size_t i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      for (uint64_t at; (at = next.fetch_add(kPieceBytes)) < kTotalBytes;) piece(at, kPieceBytes);
    });
  }
}

void Disk(const std::string& prefix) {
  std::byte* const memory = TouchedMemory();
  const std::string path = prefix + ".limit";
  double with_fsync = 1e9;
  double without_fsync = 1e9;
  for (const int flags : {0, O_DIRECT}) {
    for (const size_t threads : {1, 2, 4}) {
      ::unlink(path.c_str());
      const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | flags, 0666), path);
      if (!file.is_open()) continue;  // No O_DIRECT here.
      ClaimFreeMemory();
      const double written = SecondsOf([&] {
        (void)::fallocate(file.descriptor(), 0, 0, kTotalBytes);
        InPieces(threads, [&](uint64_t at, size_t size) {
          FL_CHECK(::pwrite(file.descriptor(), memory + at, size, static_cast<off_t>(at)) ==
                       static_cast<ssize_t>(size),
                   "the disk has room");
        });
      });
      const double synced = SecondsOf([&] { ::fsync(file.descriptor()); });
      with_fsync = std::min(with_fsync, written + synced);
      without_fsync = std::min(without_fsync, written);
    }
  }
  const File file = Must(File::OpenForReading(path));
  double read = 1e9;
  for (const size_t threads : {1, 1, 2, 4}) {  // The first one fills the page cache.
    read = std::min(read, SecondsOf([&] {
                      InPieces(threads, [&](uint64_t at, size_t size) {
                        Must(file.ReadAt(at, {memory + at, size}));
                      });
                    }));
  }
  ClaimFreeMemory();
  const double fresh = SecondsOf([&] {
    auto* const pages = static_cast<std::byte*>(
        ::mmap(nullptr, kTotalBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    FL_CHECK(pages != MAP_FAILED, "a gigabyte of memory");
    InPieces(2, [&](uint64_t at, size_t size) { std::memset(pages + at, 1, size); });
    ::munmap(pages, kTotalBytes);
  });
  ::unlink(path.c_str());
  std::free(memory);
  fmt::print(
      "{{\"write_s\": {:.6f}, \"write_with_fsync_s\": {:.6f}, \"read_s\": {:.6f}, "
      "\"fresh_memory_s\": {:.6f}}}\n",
      without_fsync, with_fsync, read, fresh);
}

int Main(int argc, char** argv) {
  const std::string what = argc == 3 ? argv[1] : "";
  const std::string prefix = argc == 3 ? argv[2] : "";
  if (what == "save") {
    Save(prefix, true);
  } else if (what == "save-without-fsync") {
    Save(prefix, false);
  } else if (what == "restore") {
    Restore(prefix, false);
  } else if (what == "restore-again") {
    Restore(prefix, true);
  } else if (what == "first-tensor") {
    FirstTensor(prefix);
  } else if (what == "disk") {
    Disk(prefix);
  } else {
    fmt::print(stderr,
               "usage: checkpoint-measure "
               "save|save-without-fsync|restore|restore-again|first-tensor|disk PREFIX\n");
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace fanlight

int main(int argc, char** argv) { return fanlight::Main(argc, argv); }

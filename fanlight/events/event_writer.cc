#include "fanlight/events/event_writer.h"

#include <unistd.h>

#include <array>
#include <cmath>
#include <limits>
#include <protozero/pbf_writer.hpp>
#include <utility>

#include "fanlight/base/file.h"
#include "fanlight/base/text.h"

namespace fanlight {
namespace {

constexpr std::string_view kFileVersion = "brain.Event:2";
constexpr std::string_view kWriterName = "fanlight";
// Writers that begin in the same second in the same process.
constexpr int kMaxNameNumber = 1'000'000;

std::string HostName() {
  std::array<char, 256> name{};
  // The last byte stays 0: a name that was cut need not be terminated.
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

// A slash would name another directory.
std::string AsNamePart(std::string text) {
  for (char& c : text) {
    if (c == '/' || c == '\0') c = '_';
  }
  return text;
}

Result<File> CreateFile(const std::string& logdir, const EventWriter::Options& options,
                        int64_t seconds) {
  const std::string host = AsNamePart(options.host.empty() ? HostName() : options.host);
  const std::string suffix = AsNamePart(options.suffix);
  for (int number = 0; number < kMaxNameNumber; ++number) {
    Result<File> file =
        File::CreateNew(JoinPath(logdir, fmt::format("events.out.tfevents.{:010}.{}.{}.{}{}",
                                                     seconds, host, ::getpid(), number, suffix)));
    if (file || file.error().code != ErrorCode::kAlreadyExists) return file;
  }
  return Fail(ErrorCode::kAlreadyExists, "no free name for an event file at second {} in {}",
              seconds, Quoted(logdir));
}

std::string FirstEvent(double wall_time_s) {
  std::string event;
  protozero::pbf_writer writer(event);
  writer.add_double(1, wall_time_s);
  writer.add_string(3, kFileVersion.data(), kFileVersion.size());
  protozero::pbf_writer metadata(writer, 10);
  metadata.add_string(1, kWriterName.data(), kWriterName.size());
  metadata.commit();
  return event;
}

}  // namespace

Result<std::unique_ptr<EventWriter>> EventWriter::Create(const std::string& logdir,
                                                         const Options& options) {
  FL_TRY(MakeDirectories(logdir));
  const SystemClock system_clock;
  const double now_s = (options.clock ? *options.clock : system_clock).WallTimeS();
  FL_ASSIGN_OR_RETURN(File file, CreateFile(logdir, options, static_cast<int64_t>(now_s)));
  std::unique_ptr<EventWriter> writer(new EventWriter(std::move(file)));
  FL_TRY(writer->Write(AsBytes(FirstEvent(now_s))));
  FL_TRY(writer->Flush());
  return writer;
}

Status EventWriter::Write(Bytes event) {
  FL_TRY(CheckEventSize(event.size()));
  return records_.Append(event);
}

Status CheckEventSize(size_t bytes) {
  constexpr size_t kMaxBytes = std::numeric_limits<int32_t>::max();
  if (bytes <= kMaxBytes) return {};
  return Fail(ErrorCode::kTooLarge, "event too large: got {}, want less than {}", HumanBytes(bytes),
              HumanBytes(kMaxBytes));
}

}  // namespace fanlight

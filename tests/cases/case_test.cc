// Runs every case file below FANLIGHT_CASES_DIR through the program's own parts: its command line, event files on
// disk, ingest, store, routes. Only the socket is missing.

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <filesystem>
#include <iostream>
#include <set>

#include "apps/fanlight/flags.h"
#include "apps/fanlight/settings.h"
#include "fanlight/base/file.h"
#include "fanlight/board/api/event_hub.h"
#include "fanlight/board/api/routes.h"
#include "fanlight/board/http/form.h"
#include "fanlight/board/ingest/local_source.h"
#include "fanlight/board/ingest/log_ingest.h"
#include "tests/cases/case_file.h"

namespace fanlight::cases {
namespace {

bool g_update = false;

// Parts that differ from run to run, and bytes that are no text, in a form that can be compared.
std::string Comparable(const http::Response& response, const std::string& logdir) {
  std::string text(response.bytes());
  if (response.content_type.starts_with("application/vnd.fanlight.") ||
      response.content_type.starts_with("image/") || response.content_type.starts_with("audio/") ||
      response.content_type == "application/octet-stream") {
    std::string hex;
    for (size_t i = 0; i < text.size(); ++i)
      hex += fmt::format("{}{:02x}",
                         i == 0        ? ""
                         : i % 32 == 0 ? "\n"
                                       : " ",
                         static_cast<unsigned char>(text[i]));
    // The change number.
    if (text.starts_with("FLC1")) hex.replace(8 * 3, 23, "-- -- -- -- -- -- -- --");
    if (text.starts_with("FLC2")) hex.replace(4 * 3, 23, "-- -- -- -- -- -- -- --");
    return hex;
  }
  re2::RE2::GlobalReplace(&text, R"("change":\d+)", R"("change":0)");
  re2::RE2::GlobalReplace(&text, R"("started_s":[-+.e\d]+)", R"("started_s":0)");
  for (size_t at = text.find(logdir); at != std::string::npos; at = text.find(logdir, at))
    text.replace(at, logdir.size(), "LOGDIR");
  return text;
}

std::vector<std::string> SplitLines(const std::string& text) {
  std::vector<std::string> lines;
  std::string line;
  for (const char c : text) {
    if (c == '\r') {
      line += "\\r";
    } else if (c == '\n') {
      lines.push_back(std::exchange(line, {}));
    } else {
      line += c;
    }
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

http::Request ToRequest(const Exchange& exchange) {
  http::Request request;
  request.method = exchange.method;
  request.target = exchange.target;
  const size_t question = exchange.target.find('?');
  request.path = http::PercentDecoded(exchange.target.substr(0, question), false);
  if (question != std::string::npos) request.query = exchange.target.substr(question + 1);
  for (const auto& [name, value] : exchange.headers) request.headers.Add(name, value);
  request.body = exchange.body;
  return request;
}

class Case : public testing::Test {
 public:
  explicit Case(std::string path) : path_(std::move(path)) {}

  void TestBody() override {
    const auto text = ReadWholeFile(path_);
    ASSERT_TRUE(text) << text.error().message;
    auto parsed = ParseCaseFile(*text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    CaseFile& file = *parsed;

    TemporaryDirectory directory;
    const std::string logdir = directory.Join("logs");
    ASSERT_TRUE(MakeDirectories(logdir));
    for (const EventFile& events : file.files) {
      const auto bytes = EncodeEventFile(events);
      ASSERT_TRUE(bytes) << bytes.error().message;
      const std::string path = JoinPath(logdir, events.path);
      ASSERT_TRUE(MakeDirectories(DirectoryOf(path)));
      ASSERT_TRUE(WriteFileAtomically(path, *bytes));
    }
    std::vector<std::string> arguments = {"--logdir", logdir};
    arguments.insert(arguments.end(), file.flags.begin(), file.flags.end());
    const app::CommandLine line = app::ParseCommandLine("fanlight", arguments);
    ASSERT_EQ(line.action, app::CommandLine::Action::kServe) << line.message;

    auto store = store::Store::Create({.scratch_directory = directory.path()});
    ASSERT_TRUE(store) << store.error().message;
    ingest::LocalLogSource source({ingest::RootOfLogdir(line.flags.logdir)}, {});
    ingest::LogIngest ingest(source, **store, {.reload_interval_s = 0});
    // Runs are numbered as they are found, in any order that the file system likes: here in that of their names.
    std::set<std::string> runs;
    for (const EventFile& events : file.files) runs.insert(DirectoryOf(events.path));
    for (const std::string& run : runs) (*store)->AddRun(run);
    ingest.Start();
    ASSERT_TRUE(ingest.WaitUntilLoaded(std::chrono::seconds(60)));
    const ManualClock clock;
    const sidecar::Sidecar sidecar({.path = directory.Join("data/sidecar.db")});
    const api::Board board{**store, ingest.blobs(), clock, sidecar, app::MakeSettings(line)};
    api::EventHub hub(board);
    http::Router router(line.flags.path_prefix);
    api::AddAllRoutes(router, board, hub);

    std::vector<http::Response> responses;
    for (const Exchange& exchange : file.exchanges)
      responses.push_back(router.Route(ToRequest(exchange)));
    // From the last to the first, so that --update may change the lines behind without moving those before.
    for (size_t i = file.exchanges.size(); i-- > 0;)
      Compare(responses[i], file.exchanges[i], logdir, file);
    if (g_update) {
      std::string updated;
      for (const std::string& each : file.lines) updated += each + "\n";
      ASSERT_TRUE(WriteFileAtomically(path_, updated));
    }
  }

 private:
  static void Compare(const http::Response& response, const Exchange& exchange,
                      const std::string& logdir, CaseFile& file) {
    SCOPED_TRACE(exchange.method + " " + exchange.target + " " + exchange.body);
    std::string status_line = std::to_string(response.status);
    if (!response.content_type.empty()) status_line += " " + response.content_type;
    if (const auto location = response.headers.First("Location"))
      status_line += " to " + std::string(*location);
    const std::string body = Comparable(response, logdir);
    if (g_update) {
      std::vector<std::string> answer = {"= " + status_line};
      for (const std::string& each : exchange.substrings) answer.push_back("~ " + each);
      if (exchange.substrings.empty())
        for (const std::string& each : SplitLines(body)) answer.push_back("| " + each);
      const auto begin = file.lines.begin();
      file.lines.erase(begin + static_cast<std::ptrdiff_t>(exchange.answer_begin),
                       begin + static_cast<std::ptrdiff_t>(exchange.answer_end));
      file.lines.insert(file.lines.begin() + static_cast<std::ptrdiff_t>(exchange.answer_begin),
                        answer.begin(), answer.end());
      return;
    }
    EXPECT_EQ(status_line, exchange.status_line) << body;
    for (const std::string& part : exchange.substrings)
      EXPECT_NE(body.find(part), std::string::npos) << part << "\nis not in\n" << body;
    if (exchange.substrings.empty()) {
      EXPECT_EQ(SplitLines(body), exchange.expected);
    }
  }

  const std::string path_;
};

void RegisterCases() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(FANLIGHT_CASES_DIR)) {
    if (entry.path().extension() == ".case") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    std::string name =
        std::filesystem::relative(path, FANLIGHT_CASES_DIR).replace_extension().string();
    std::replace(name.begin(), name.end(), '/', '.');
    testing::RegisterTest("cases", name.c_str(), nullptr, nullptr, path.c_str(), 1,
                          [path]() -> testing::Test* { return new Case(path); });
  }
}

}  // namespace
}  // namespace fanlight::cases

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--update") fanlight::cases::g_update = true;
  }
  fanlight::cases::RegisterCases();
  return RUN_ALL_TESTS();
}

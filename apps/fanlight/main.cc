// fanlight: shows TensorFlow event logs, live, in the browser.

#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "apps/common/inspect_checkpoint.h"
#include "apps/fanlight/flags.h"
#include "apps/fanlight/inspect.h"
#include "apps/fanlight/serve.h"
#include "fanlight/base/file.h"
#include "fanlight/board/api/board.h"

namespace {

using fanlight::app::CommandLine;

}  // namespace

int main(int argc, char** argv) {
  // Signals that end the program are waited for by one thread; a client that goes away is no reason to end.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  // A file that reaches the limit of its size is told by the write.
  std::signal(SIGXFSZ, SIG_IGN);

  if (argc > 1 && std::string_view(argv[1]) == "inspect-checkpoint") {
    return fanlight::InspectCheckpointMain({argv + 2, argv + argc});
  }

  fanlight::app::Invocation invocation;
  invocation.program = argc > 0 ? fanlight::BaseNameOf(argv[0]) : "fanlight";
  for (int i = 1; i < argc; ++i) invocation.arguments.emplace_back(argv[i]);
  invocation.line = fanlight::app::ParseCommandLine(invocation.program, invocation.arguments);
  const CommandLine& line = invocation.line;

  switch (line.action) {
    case CommandLine::Action::kFail:
      std::fputs(line.message.c_str(), stderr);
      return line.exit_code;
    case CommandLine::Action::kPrintHelp:
      std::fputs(fanlight::app::HelpText(invocation.program).c_str(), stdout);
      return 0;
    case CommandLine::Action::kPrintVersion:
      if (line.wants_compatible_version || invocation.is_tensorboard()) {
        std::printf("%s\n", std::string(fanlight::api::kTensorBoardVersion).c_str());
      } else {
        std::printf("fanlight %s\n", FANLIGHT_VERSION);
      }
      return 0;
    case CommandLine::Action::kInspect:
      return fanlight::app::Inspect(line.flags, stdout, stderr);
    case CommandLine::Action::kServe:
      return fanlight::app::Serve(invocation);
  }
  return 0;
}

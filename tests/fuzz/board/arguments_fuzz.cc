// The command line: one argument a line.

#include <sstream>
#include <string>
#include <vector>

#include "apps/fanlight/flags.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  std::vector<std::string> arguments;
  for (std::string line; std::getline(in, line);) arguments.push_back(line);
  const auto line = fanlight::app::ParseCommandLine("fanlight", arguments);
  if (line.action == fanlight::app::CommandLine::Action::kFail && line.message.empty())
    __builtin_trap();
  return 0;
}

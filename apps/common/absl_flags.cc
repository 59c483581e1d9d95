#include "apps/common/absl_flags.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace fanlight {

std::vector<std::string> WithTwoDashes(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const size_t name_length = argument.substr(0, argument.find('=')).size();
    const bool has_one_dash = name_length > 2 && argument[0] == '-' &&
                              std::isalpha(static_cast<unsigned char>(argument[1])) != 0;
    arguments.push_back(has_one_dash ? fmt::format("-{}", argument) : std::string(argument));
    // CLI11 would take the next argument for the value of "--flag=".
    if (arguments.back().starts_with("--") && arguments.back().ends_with('=')) {
      arguments.back().pop_back();
      arguments.emplace_back();
    }
  }
  return arguments;
}

CLI::Validator NotEmpty() {
  return {[](const std::string& value) {
            return value.empty() ? std::string("an empty value; is a shell's variable not set?")
                                 : std::string();
          },
          "NOT EMPTY"};
}

CLI::Validator Finite() {
  return {[](const std::string& value) {
            double number = 0;
            return CLI::detail::lexical_cast(value, number) && std::isfinite(number)
                       ? std::string()
                       : fmt::format("no finite number: '{}'", value);
          },
          "FINITE"};
}

int ParseFlags(CLI::App& app, int argc, const char* const* argv) {
  app.allow_extras();
  std::vector<std::string> arguments = WithTwoDashes(argc, argv);
  std::ranges::reverse(arguments);  // CLI11 takes a vector from its end.
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (const std::vector<std::string> extras = app.remaining(); !extras.empty()) {
    fmt::print(stderr, "{}: flags that it does not know are left alone: {}\n", app.get_name(),
               fmt::join(extras, " "));
  }
  return -1;
}

}  // namespace fanlight

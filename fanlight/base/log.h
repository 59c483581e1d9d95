// Messages to the terminal, on stderr. Library code logs only what no caller can handle; errors are
// returned.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace fanlight {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// What is below `level` is not shown. The default is kInfo. Thread-safe.
void SetLogLevel(LogLevel level);
void LogLine(LogLevel level, std::string_view message);

template <typename... Args>
void LogInfo(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogWarning(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogError(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace fanlight

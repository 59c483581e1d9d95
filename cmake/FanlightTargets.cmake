# How every target of this project is made. A folder is one static library, one test program and nothing else:
#
#   fanlight_library(events HEADERS record_reader.h SOURCES record_reader.cc DEPENDS fanlight::base)
#   fanlight_test(events SOURCES record_reader_test.cc DEPENDS fanlight::events)
#   fanlight_program(fanlight-mnist SOURCES mnist.cc DEPENDS fanlight::train)
#   fanlight_fuzz(record_reader SOURCES record_reader_fuzz.cc CORPUS corpus/record_reader DEPENDS fanlight::events)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(FANLIGHT_CCACHE ccache)
if(FANLIGHT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${FANLIGHT_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${FANLIGHT_CCACHE}")
endif()

find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tl-expected REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(ISAL REQUIRED IMPORTED_TARGET libisal)

# Warnings for our own code only: linked privately, so that no user of a library inherits them.
add_library(fanlight_warnings INTERFACE)
add_library(fanlight::warnings ALIAS fanlight_warnings)
target_compile_options(fanlight_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor)
# g++ 12 sees overlapping copies in its own std::string where there are none.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(fanlight_warnings INTERFACE -Wno-restrict)
endif()
if(FANLIGHT_WERROR)
  target_compile_options(fanlight_warnings INTERFACE -Werror)
endif()

# Options that every object file of a build must share.
add_library(fanlight_options INTERFACE)
add_library(fanlight::options ALIAS fanlight_options)
target_include_directories(fanlight_options INTERFACE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}")
# Libraries of which nothing is used are not loaded: of Highway that is so where its checks are off.
target_link_options(fanlight_options INTERFACE "LINKER:--as-needed")
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(fanlight_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(FANLIGHT_SANITIZE)
  target_compile_options(fanlight_options INTERFACE
    -fsanitize=${FANLIGHT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # Asio has fences, which the thread sanitizer does not see; what they order is ordered by locks too.
  if(FANLIGHT_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(fanlight_options INTERFACE -Wno-tsan)
    target_include_directories(fanlight_options SYSTEM BEFORE INTERFACE "${PROJECT_SOURCE_DIR}/cmake/thread_sanitizer")
  endif()
  target_link_options(fanlight_options INTERFACE -fsanitize=${FANLIGHT_SANITIZE})
endif()

# The allocator of programs in which threads allocate much; sanitizers bring their own.
add_library(fanlight_heap INTERFACE)
add_library(fanlight::heap ALIAS fanlight_heap)
if(NOT FANLIGHT_SANITIZE)
  pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)
  target_link_libraries(fanlight_heap INTERFACE PkgConfig::JEMALLOC)
  target_sources(fanlight_heap INTERFACE "${PROJECT_SOURCE_DIR}/fanlight/base/jemalloc_conf.cc")
endif()

function(fanlight_library name)
  cmake_parse_arguments(ARG "" "" "HEADERS;SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  set(target fanlight_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(fanlight::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${ARG_HEADERS})
  target_link_libraries(${target} PUBLIC fanlight::options ${ARG_DEPENDS} PRIVATE fanlight::warnings ${ARG_PRIVATE_DEPENDS})
endfunction()

function(fanlight_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE fanlight::options fanlight::warnings ${ARG_DEPENDS})
endfunction()

# Tests of one folder: a GoogleTest program whose every test is known to ctest. LABEL is fast (default) or slow.
# FANLIGHT_GOLDEN_DIR and FANLIGHT_CASES_DIR tell tests where the golden files and the case files lie.
function(fanlight_test name)
  if(NOT FANLIGHT_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPENDS" ${ARGN})
  find_package(GTest REQUIRED)
  include(GoogleTest)
  set(target fanlight_${name}_test)
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE fanlight::options fanlight::warnings ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${target} PRIVATE
    FANLIGHT_GOLDEN_DIR="${PROJECT_SOURCE_DIR}/tests/golden" FANLIGHT_CASES_DIR="${PROJECT_SOURCE_DIR}/tests/cases")
  if(NOT ARG_LABEL)
    set(ARG_LABEL fast)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  gtest_discover_tests(${target} DISCOVERY_MODE PRE_TEST TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()

# One fuzz target: LLVMFuzzerTestOneInput in SOURCES. Without an engine it gets a main that replays CORPUS in ctest.
function(fanlight_fuzz name)
  if(NOT FANLIGHT_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "CORPUS" "SOURCES;DEPENDS" ${ARGN})
  set(target fanlight_fuzz_${name})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE fanlight::options fanlight::warnings ${ARG_DEPENDS})
  if(FANLIGHT_FUZZ_ENGINE STREQUAL "libfuzzer")
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc")
    add_test(NAME fuzz_replay.${name} COMMAND ${target} "${CMAKE_CURRENT_SOURCE_DIR}/${ARG_CORPUS}")
    set_tests_properties(fuzz_replay.${name} PROPERTIES LABELS fast TIMEOUT 300)
  endif()
endfunction()

# fanlight_embed_assets(NAME) makes fanlight::NAME, which defines http::EmbeddedAssets(): the built page, each file
# compressed with brotli and gzip, in one blob that the assembler takes into .rodata. With FANLIGHT_UI=OFF the list is
# empty, and neither Node nor ui/ is needed.
#
# Node 20.19 or newer is looked for in FANLIGHT_NODE_DIR (environment or cache), then on PATH.
set(FANLIGHT_NODE_DIR "$ENV{FANLIGHT_NODE_DIR}" CACHE PATH "Folder of node and npm; empty: PATH is searched")

function(fanlight_find_node)
  find_program(FANLIGHT_NODE node HINTS "${FANLIGHT_NODE_DIR}" "${FANLIGHT_NODE_DIR}/bin")
  find_program(FANLIGHT_NPM npm HINTS "${FANLIGHT_NODE_DIR}" "${FANLIGHT_NODE_DIR}/bin")
  set(remedy "Install Node 20.19 or newer (./run build does so), or build without the page: -DFANLIGHT_UI=OFF")
  if(NOT FANLIGHT_NODE OR NOT FANLIGHT_NPM)
    message(FATAL_ERROR "The page needs Node and npm, and they were not found. ${remedy}")
  endif()
  execute_process(COMMAND "${FANLIGHT_NODE}" --version OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(REGEX REPLACE "^v" "" version "${version}")
  if(version VERSION_LESS 20.19)
    message(FATAL_ERROR "The page needs Node 20.19 or newer; ${FANLIGHT_NODE} is ${version}. ${remedy}")
  endif()
endfunction()

function(fanlight_embed_assets name)
  set(target fanlight_${name})
  if(NOT FANLIGHT_UI)
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/${name}_assets.cc" @ONLY CONTENT
"#include \"fanlight/board/http/assets.h\"\n
namespace fanlight::http {
std::span<const Asset> EmbeddedAssets() { return {}; }
}  // namespace fanlight::http\n")
    add_library(${target} STATIC "${PROJECT_BINARY_DIR}/${name}_assets.cc")
  else()
    fanlight_find_node()
    get_filename_component(node_directory "${FANLIGHT_NODE}" DIRECTORY)
    set(ui "${PROJECT_SOURCE_DIR}/ui")
    set(out "${PROJECT_BINARY_DIR}/${name}_assets")
    set(dist "${out}/dist")
    set(pack "${PROJECT_SOURCE_DIR}/cmake/pack_assets.mjs")
    # npm itself starts `node` from PATH.
    set(with_node "${CMAKE_COMMAND}" -E env "PATH=${node_directory}:$ENV{PATH}")
    file(GLOB_RECURSE ui_sources CONFIGURE_DEPENDS
      "${ui}/src/*" "${ui}/public/*" "${ui}/index.html" "${ui}/*.ts" "${ui}/*.json" "${ui}/*.mjs")
    list(FILTER ui_sources EXCLUDE REGEX "/(node_modules|dist)/")
    add_custom_command(
      OUTPUT "${out}/npm.stamp"
      COMMAND ${with_node} "${FANLIGHT_NODE}" "${PROJECT_SOURCE_DIR}/tools/npm_ci.mjs" "${ui}"
      COMMAND "${CMAKE_COMMAND}" -E touch "${out}/npm.stamp"
      DEPENDS "${ui}/package-lock.json" "${PROJECT_SOURCE_DIR}/tools/npm_ci.mjs"
      WORKING_DIRECTORY "${ui}" COMMENT "Getting the page's packages" VERBATIM)
    add_custom_command(
      OUTPUT "${out}/assets.bin" "${out}/assets.cc"
      COMMAND ${with_node} "${FANLIGHT_NPM}" run build -- --outDir "${dist}" --emptyOutDir
      COMMAND "${FANLIGHT_NODE}" "${pack}" "${dist}" "${out}/assets.bin" "${out}/assets.cc"
      DEPENDS "${out}/npm.stamp" "${pack}" ${ui_sources}
      WORKING_DIRECTORY "${ui}" COMMENT "Building the page" VERBATIM)
    file(CONFIGURE OUTPUT "${out}/assets.S" @ONLY CONTENT
"    .section .rodata
    .balign 64
    .globl fanlight_assets
    .type fanlight_assets, @object
fanlight_assets:
    .incbin \"@out@/assets.bin\"
    .size fanlight_assets, . - fanlight_assets
    .section .note.GNU-stack, \"\", @progbits\n")
    set_source_files_properties("${out}/assets.S" PROPERTIES OBJECT_DEPENDS "${out}/assets.bin")
    add_library(${target} STATIC "${out}/assets.cc" "${out}/assets.S")
  endif()
  add_library(fanlight::${name} ALIAS ${target})
  target_link_libraries(${target} PUBLIC fanlight::http PRIVATE fanlight::warnings)
endfunction()

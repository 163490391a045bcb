# How every C file here is compiled, and what a stage of the flow is: a static library whose
# includes start at the top of the source tree ("analyzer/profile.h").

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Debug, Release, RelWithDebInfo" FORCE)
endif()

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON) # the cleanup attribute, and the Linux interfaces
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Empty, as in `#define _GNU_SOURCE`: a file that says so itself does not redefine it.
add_compile_definitions(_GNU_SOURCE= CONCADVISE_VERSION="${PROJECT_VERSION}")
add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes)
add_compile_options(-fstack-protector-strong)
# Libraries that no symbol is taken from do not become dependencies of the package.
add_link_options(-Wl,--as-needed)

if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
  # Tests put a record of variable size before what makes up its end, as GNU C allows.
  add_compile_options(-Wno-gnu-variable-sized-type-not-at-end)
endif()

if(CONCADVISE_SANITIZE)
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all)
  if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    # What the fuzzers link to tells libFuzzer which way it went: tests/fuzz.
    list(APPEND sanitizers -fsanitize=fuzzer-no-link -O1)
  endif()
  add_compile_options(${sanitizers} -fno-omit-frame-pointer)
  add_link_options(${sanitizers})
endif()

# stage_add(NAME SOURCES FILE... LINK LIBRARY...)
function(stage_add name)
  cmake_parse_arguments(PARSE_ARGV 1 stage "" "" "SOURCES;LINK")
  add_library(${name} STATIC ${stage_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${stage_LINK})
endfunction()

# From a BPF program in C to the skeleton header that user space includes.
#
# bpf_skeleton_add(TARGET probe/bpf/NAME.bpf.c) makes NAME.skel.h with `struct NAME_bpf`, and puts
# its folder on the target's include path (as a SYSTEM one: generated code is not ours to warn of).
# Output appears under its name only when every step succeeded, so a failed bpftool leaves nothing
# behind that the next build would take for done.

# The kernel's names for architectures, which libbpf's headers go by.
set(bpf_arch_x86_64 x86)
set(bpf_arch_aarch64 arm64)
set(bpf_arch_riscv64 riscv)
set(bpf_arch_s390x s390)
set(bpf_arch_ppc64le powerpc)

function(bpf_tools_find)
  find_program(BPF_CLANG NAMES clang clang-19 clang-18 clang-17 clang-16 clang-15 clang-14
    DOC "clang with the BPF target")
  # Not on an ordinary user's PATH on Debian.
  find_program(BPFTOOL NAMES bpftool HINTS /usr/sbin /sbin /usr/local/sbin DOC "bpftool")
  foreach(tool IN ITEMS BPF_CLANG BPFTOOL)
    if(NOT ${tool})
      message(FATAL_ERROR "${tool} was not found. Install clang and bpftool, or build without "
        "the probe: -DCONCADVISE_PROBE=OFF (recordings can still be read).")
    endif()
  endforeach()
  if(NOT DEFINED bpf_arch_${CMAKE_SYSTEM_PROCESSOR})
    message(FATAL_ERROR "No BPF architecture is known for ${CMAKE_SYSTEM_PROCESSOR}")
  endif()
endfunction()

function(bpf_skeleton_add target source)
  bpf_tools_find()
  get_filename_component(name ${source} NAME_WE)
  get_filename_component(source_dir ${source} DIRECTORY)
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/bpf)
  set(object ${dir}/${name}.bpf.o)
  set(skeleton ${dir}/${name}.skel.h)
  file(MAKE_DIRECTORY ${dir})

  set(flags -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Wno-unused-parameter
    -D__TARGET_ARCH_${bpf_arch_${CMAKE_SYSTEM_PROCESSOR}}
    -I${source_dir} -I${PROJECT_SOURCE_DIR})
  if(CMAKE_LIBRARY_ARCHITECTURE)
    # asm/types.h, which the BPF target does not find by itself.
    list(APPEND flags -idirafter /usr/include/${CMAKE_LIBRARY_ARCHITECTURE})
  endif()

  add_custom_command(OUTPUT ${skeleton}
    COMMAND ${BPF_CLANG} ${flags} -MD -MF ${object}.d -MT ${skeleton} -c ${source} -o ${object}.raw
    COMMAND ${BPFTOOL} gen object ${object} ${object}.raw
    COMMAND ${BPFTOOL} gen skeleton ${object} name ${name}_bpf > ${skeleton}.new
    COMMAND ${CMAKE_COMMAND} -E rename ${skeleton}.new ${skeleton}
    DEPENDS ${source}
    DEPFILE ${object}.d
    COMMENT "Building BPF skeleton ${name}.skel.h"
    VERBATIM)
  target_sources(${target} PRIVATE ${skeleton})
  target_include_directories(${target} SYSTEM PRIVATE ${dir})
endfunction()

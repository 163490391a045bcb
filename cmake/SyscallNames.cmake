# The kernel headers' system call numbers as rows of a C table: [0] = "read",
#
# syscall_names_add(TARGET) makes syscall_names.inc in the build folder, on TARGET's include path.
function(syscall_names_add target)
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/syscall)
  file(MAKE_DIRECTORY ${dir})
  file(WRITE ${dir}/syscall.c "#include <sys/syscall.h>\n")
  add_custom_command(OUTPUT ${dir}/syscall_names.inc
    COMMAND ${CMAKE_C_COMPILER} -E -dM ${dir}/syscall.c -o ${dir}/syscall.macros
    COMMAND sed -n
      "s/^#define __NR_\\([a-z0-9_]*\\) \\([0-9][0-9]*\\)$/[\\2] = \"\\1\",/p"
      ${dir}/syscall.macros > ${dir}/syscall_names.inc
    DEPENDS ${dir}/syscall.c
    COMMENT "Listing system call names"
    VERBATIM)
  target_sources(${target} PRIVATE ${dir}/syscall_names.inc)
  target_include_directories(${target} PRIVATE ${dir})
endfunction()

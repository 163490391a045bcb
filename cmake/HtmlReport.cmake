# The HTML report's page: one file from the template, styles and scripts of a folder.
#
# html_report_add(OUTPUT.html FOLDER SCRIPT...) writes OUTPUT.html into the build folder: FOLDER's
# report.html with report.css and the scripts in their places, and a Content-Security-Policy that
# allows exactly these two by their hashes. The scripts are ES modules in the order in which they
# need each other; joined, they are one module, without their imports and exports.
#
# What is different in every report stays as @@name@@, for advisor/report_html.c. The same file, run
# as a script (cmake -P), is what does the writing.

function(html_report_add output folder)
  set(script ${PROJECT_SOURCE_DIR}/cmake/HtmlReport.cmake)
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/${folder}/)
  set(parts ${PROJECT_SOURCE_DIR}/${folder}/report.html ${PROJECT_SOURCE_DIR}/${folder}/report.css
    ${ARGN})
  add_custom_command(OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${output}
    COMMAND ${CMAKE_COMMAND} -P ${script} ${CMAKE_CURRENT_BINARY_DIR}/${output} ${parts}
    DEPENDS ${parts} ${script}
    COMMENT "Joining the page of the HTML report"
    VERBATIM)
endfunction()

function(base64_of_hex hex ret)
  set(digits "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(text "")
  string(LENGTH "${hex}" length)
  math(EXPR missing "(6 - ${length} % 6) % 6")
  string(REPEAT 0 ${missing} zeros)
  string(REGEX MATCHALL "......" groups "${hex}${zeros}")
  foreach(group IN LISTS groups)
    foreach(shift 18 12 6 0)
      math(EXPR digit "(0x${group} >> ${shift}) & 63")
      string(SUBSTRING "${digits}" ${digit} 1 letter)
      string(APPEND text ${letter})
    endforeach()
  endforeach()
  # Each missing byte is one letter that says nothing.
  math(EXPR pads "${missing} / 2")
  string(LENGTH "${text}" length)
  math(EXPR length "${length} - ${pads}")
  string(SUBSTRING "${text}" 0 ${length} text)
  string(REPEAT = ${pads} padding)
  set(${ret} "${text}${padding}" PARENT_SCOPE)
endfunction()

function(content_hash text ret)
  string(SHA256 hex "${text}")
  base64_of_hex(${hex} base64)
  set(${ret} "sha256-${base64}" PARENT_SCOPE)
endfunction()

# Arguments: OUTPUT HTML CSS SCRIPT...
function(html_report_write)
  file(READ ${CMAKE_ARGV4} page)
  file(READ ${CMAKE_ARGV5} style)
  set(script "\n")
  math(EXPR last "${CMAKE_ARGC} - 1")
  foreach(i RANGE 6 ${last})
    file(READ ${CMAKE_ARGV${i}} text)
    string(REGEX REPLACE "\nimport [^;]*;" "" text "${text}")
    string(REGEX REPLACE "\nexport " "\n" text "${text}")
    string(APPEND script "${text}\n")
  endforeach()
  content_hash("${style}" style_hash)
  content_hash("${script}" script_hash)
  foreach(name style script style_hash script_hash)
    string(REPLACE "@@${name}@@" "${${name}}" page "${page}")
  endforeach()
  file(WRITE ${CMAKE_ARGV3}.new "${page}")
  file(RENAME ${CMAKE_ARGV3}.new ${CMAKE_ARGV3})
endfunction()

if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  html_report_write()
endif()

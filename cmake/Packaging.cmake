# What `cmake --install` and `cpack` (a .deb) hand over: the program, its manuals, its licence, and
# the documents that its README points to.
# Rules and schema are inside the program; completions go to where each shell looks for them.

file(GLOB manuals CONFIGURE_DEPENDS docs/man/*.1)
install(FILES ${manuals} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES completions/concadvise.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME concadvise)
install(FILES completions/_concadvise DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES completions/concadvise.fish
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR}
  PATTERN "make-*" EXCLUDE PATTERN "man" EXCLUDE PATTERN "__pycache__" EXCLUDE)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR "concadvise")
set(CPACK_PACKAGE_CONTACT "concadvise maintainers <concadvise@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
# The libraries that the program is linked to, with the versions that it needs, as dpkg finds them.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)

# `cpack` in the build folder makes a Debian package in /opt/gameday: hosts of a stack see the machine's
# /usr, and must see neither scenarios nor the harness there. Executables are below lib/gameday, laid
# out as they are built, what they read below share/gameday; a manual page, completion for bash and
# the PATH of later logins come with it. It depends on nothing that starts a service: `gameday setup`
# installs the stack's own packages.
set(lib lib/gameday)
set(share share/gameday)

# An executable keeps its place relative to the build folder: that is how Gameday finds it.
foreach(program gameday_cli pod attendant ${host_targets})
  get_target_property(folder ${program} RUNTIME_OUTPUT_DIRECTORY)
  if(NOT folder)
    get_target_property(folder ${program} BINARY_DIR)
  endif()
  file(RELATIVE_PATH place ${CMAKE_BINARY_DIR} ${folder})
  install(TARGETS ${program} RUNTIME DESTINATION ${lib}/${place})
endforeach()
install(CODE "file(MAKE_DIRECTORY \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin)
  file(CREATE_LINK ../${lib}/cli/gameday \$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/bin/gameday SYMBOLIC)")
install(DIRECTORY scenarios DESTINATION ${share} FILES_MATCHING PATTERN *.yaml)
install(DIRECTORY web DESTINATION ${share} PATTERN check EXCLUDE)
install(DIRECTORY alerts/recordings DESTINATION ${share}/alerts)
install(DIRECTORY sandbox/stack sandbox/image DESTINATION ${share}/sandbox USE_SOURCE_PERMISSIONS
  PATTERN *.cpp EXCLUDE PATTERN *.hpp EXCLUDE PATTERN CMakeLists.txt EXCLUDE)
install(FILES docker-compose.yml packages.txt .dockerignore DESTINATION ${share})
install(FILES sandbox/Dockerfile DESTINATION ${share}/sandbox)
install(FILES cli/launcher.sh DESTINATION ${share}/cli)
install(PROGRAMS cli/setup DESTINATION ${share}/cli)
install(FILES ${CMAKE_BINARY_DIR}/gameday.bash DESTINATION /etc/bash_completion.d RENAME gameday)
file(WRITE ${CMAKE_BINARY_DIR}/profile.sh
  "case \":$PATH:\" in *:/opt/gameday/bin:*) ;; *) PATH=$PATH:/opt/gameday/bin ;; esac\n")
install(FILES ${CMAKE_BINARY_DIR}/profile.sh DESTINATION /etc/profile.d RENAME gameday.sh)
install(FILES README.md CHANGELOG.md DESTINATION share/doc/gameday)
install(DIRECTORY docs/ DESTINATION share/doc/gameday)
add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/gameday.1 ${CMAKE_BINARY_DIR}/gameday.bash
  COMMAND ${CMAKE_COMMAND} -E env GAMEDAY_ROOT=${CMAKE_SOURCE_DIR}
    $<TARGET_FILE:gameday_cli> man-page >${CMAKE_BINARY_DIR}/gameday.1
  COMMAND ${CMAKE_COMMAND} -E env GAMEDAY_ROOT=${CMAKE_SOURCE_DIR}
    $<TARGET_FILE:gameday_cli> completion >${CMAKE_BINARY_DIR}/gameday.bash
  DEPENDS gameday_cli)
add_custom_target(man_page ALL DEPENDS ${CMAKE_BINARY_DIR}/gameday.1)
install(FILES ${CMAKE_BINARY_DIR}/gameday.1 DESTINATION share/man/man1)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gameday)
set(CPACK_PACKAGE_CONTACT "Gameday maintainers <maintainers@gameday.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "outage drills on a real web stack, without root or a daemon")
set(CPACK_SET_DESTDIR ON)  # for what goes to /etc
set(CPACK_INSTALL_PREFIX /opt/gameday)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "bash, bubblewrap, uidmap, iproute2")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)

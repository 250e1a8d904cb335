# Tests of the sources themselves: includes follow the table of modules, and every header compiles alone.
add_test(NAME layers COMMAND ${CMAKE_COMMAND} -D ROOT=${PROJECT_SOURCE_DIR} -P ${CMAKE_CURRENT_SOURCE_DIR}/check_layers.cmake)
set_tests_properties(layers PROPERTIES TIMEOUT 300)

# Sanitizers only slow the compiler down here.
if(NOT COLONNADE_SANITIZE)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/include/*.hpp)
  set(header_sources)
  foreach(header IN LISTS headers)
    string(REPLACE "/" "_" source ${header})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${source}.cpp)
    # Twice, so that a missing include guard shows.
    file(CONFIGURE OUTPUT ${source} CONTENT "#include <@header@>\n#include <@header@>\n" @ONLY)
    list(APPEND header_sources ${source})
  endforeach()
  add_library(headers OBJECT ${header_sources})
  target_link_libraries(headers PRIVATE colonnade_flags colonnade::app)
  add_test(NAME headers COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target headers)
  set_tests_properties(headers PROPERTIES TIMEOUT 300)
endif()

# ninja tidy: clang-tidy over the program's sources, with the checks of .clang-tidy.
find_program(RUN_CLANG_TIDY run-clang-tidy)
if(RUN_CLANG_TIDY)
  add_custom_target(tidy COMMAND ${RUN_CLANG_TIDY} -quiet -p ${PROJECT_BINARY_DIR} "${PROJECT_SOURCE_DIR}/(src|jobs)/" USES_TERMINAL)
endif()

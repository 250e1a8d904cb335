# The program with a definition of its own of base::fault_site, and with calls of the C library that fail.
add_executable(colonnade_faults ${CMAKE_CURRENT_LIST_DIR}/fault_injection.cpp ${CMAKE_CURRENT_LIST_DIR}/faulty_calls.cpp)
target_link_libraries(colonnade_faults PRIVATE colonnade_program ${CMAKE_DL_LIBS})
target_include_directories(colonnade_faults PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
# So that the libraries find the calls in the program.
set_target_properties(colonnade_faults PROPERTIES ENABLE_EXPORTS ON)

add_test(NAME failure.fault_sites COMMAND ${PYTHON3} -B ${CMAKE_CURRENT_LIST_DIR}/fault_sites.py $<TARGET_FILE:colonnade_faults>)
set_tests_properties(failure.fault_sites PROPERTIES TIMEOUT 300 PROCESSORS 2 SKIP_RETURN_CODE 77
                     ENVIRONMENT MPIEXEC=${MPIEXEC_EXECUTABLE})

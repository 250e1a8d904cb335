# The inference library, beside what the program makes.
colonnade_test(infer.library    infer/infer_test.cpp        USES train infer LIBS OpenMP::OpenMP_CXX RANKS 1)
colonnade_test(infer.refusals   infer/infer_refusals_test.cpp USES train infer RANKS 1)
colonnade_test(infer.bad_model  infer/bad_model_test.cpp    USES train infer RANKS 1)
colonnade_test(infer.classes    infer/class_model_test.cpp  USES train infer RANKS 1)
colonnade_test(infer.fills      infer/fill_test.cpp         USES train infer RANKS 1)
if(NOT COLONNADE_INFER_ONEDNN)
  target_compile_definitions(test_infer_library PRIVATE COLONNADE_INFER_PLAIN)
  target_compile_definitions(test_infer_classes PRIVATE COLONNADE_INFER_PLAIN)
endif()

if(CMAKE_Fortran_COMPILER)
  add_executable(host_example infer/host_example.f90)
  find_package(OpenMP REQUIRED COMPONENTS Fortran)
  target_link_libraries(host_example PRIVATE colonnade::infer_fortran OpenMP::OpenMP_Fortran)
  if(COLONNADE_SANITIZE)  # whose runtime must come before the library that wants it
    target_link_options(host_example PRIVATE -fsanitize=address,undefined)
  endif()
  set(infer_folder ${CMAKE_CURRENT_BINARY_DIR}/infer_run)
  colonnade_job_test(infer.make_run ../infer/host_test.py $<TARGET_FILE:host_example> ${infer_folder} make)
  colonnade_job_test(infer.host     ../infer/host_test.py $<TARGET_FILE:host_example> ${infer_folder})
  set_tests_properties(infer.make_run PROPERTIES FIXTURES_SETUP infer_run)
  set_tests_properties(infer.host PROPERTIES FIXTURES_REQUIRED infer_run)
  # Its programs would come without the sanitizer that the library wants.
  if(NOT COLONNADE_SANITIZE)
    add_test(NAME infer.install COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/infer/install_test.sh ${CMAKE_COMMAND} ${PROJECT_BINARY_DIR}
             ${CMAKE_CURRENT_SOURCE_DIR}/infer/consumer ${infer_folder}/run/model.h5)
    add_test(NAME infer.alone COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/infer/alone_test.sh ${CMAKE_COMMAND} ${PROJECT_SOURCE_DIR}
             $<TARGET_FILE:host_example> ${infer_folder})
    set_tests_properties(infer.install infer.alone PROPERTIES FIXTURES_REQUIRED infer_run TIMEOUT 240 SKIP_RETURN_CODE 77)
    set_tests_properties(infer.alone infer.host PROPERTIES RESOURCE_LOCK infer_run)
  endif()
endif()

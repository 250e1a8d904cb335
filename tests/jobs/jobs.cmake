# The program as users and foreign tools see it: scripts that start it under mpirun.
find_program(PYTHON3 python3 HINTS /usr/bin REQUIRED)
set(jobs_tests ${CMAKE_CURRENT_LIST_DIR})
set(job_inputs ${CMAKE_CURRENT_BINARY_DIR}/job_inputs)

# colonnade_job_test(NAME SCRIPT ARGUMENTS...): SCRIPT under Python; it ends with 77 when it could not show anything.
function(colonnade_job_test name script)
  add_test(NAME ${name} COMMAND ${PYTHON3} -B ${jobs_tests}/${script} ${ARGN})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120 PROCESSORS 2 SKIP_RETURN_CODE 77
                       ENVIRONMENT "COLONNADE=$<TARGET_FILE:colonnade>;MPIEXEC=${MPIEXEC_EXECUTABLE}")
endfunction()

colonnade_job_test(jobs.inputs make_inputs.py ${job_inputs})
set_tests_properties(jobs.inputs PROPERTIES FIXTURES_SETUP job_inputs)
add_test(NAME jobs.no_inputs COMMAND ${CMAKE_COMMAND} -E rm -rf ${job_inputs})
set_tests_properties(jobs.no_inputs PROPERTIES FIXTURES_CLEANUP job_inputs)

set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${jobs_tests}/bad_input.py ${jobs_tests}/bad_call_cases.py
             ${jobs_tests}/bad_prepare_cases.py ${jobs_tests}/bad_run_cases.py ${jobs_tests}/bad_source_cases.py)
execute_process(COMMAND ${PYTHON3} -B ${jobs_tests}/bad_input.py --list
                OUTPUT_VARIABLE bad_inputs COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[a-z0-9_]+" bad_inputs "${bad_inputs}")
foreach(case IN LISTS bad_inputs)
  colonnade_job_test(bad_input.${case} bad_input.py ${case} ${job_inputs})
  # Most of its time is mpirun's start, so others may run beside it.
  set_tests_properties(bad_input.${case} PROPERTIES FIXTURES_REQUIRED job_inputs PROCESSORS 1)
endforeach()

add_test(NAME jobs.manual COMMAND ${jobs_tests}/manual_test.sh $<TARGET_FILE:colonnade>)
set_tests_properties(jobs.manual PROPERTIES TIMEOUT 120)
add_test(NAME jobs.endings COMMAND ${jobs_tests}/endings_test.sh $<TARGET_FILE:colonnade> ${MPIEXEC_EXECUTABLE})
set_tests_properties(jobs.endings PROPERTIES TIMEOUT 240 PROCESSORS 2)

add_executable(class_files ${jobs_tests}/class_files.cpp)
target_link_libraries(class_files PRIVATE colonnade_flags colonnade::train)
target_include_directories(class_files PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})

#                  name                   script                 arguments
colonnade_job_test(jobs.classes           classes_test.py        $<TARGET_FILE:class_files>)
colonnade_job_test(jobs.same_synth        same_bits_test.py      synth ${job_inputs})
colonnade_job_test(jobs.same_content      same_bits_test.py      content ${job_inputs})
colonnade_job_test(jobs.same_weights      same_bits_test.py      weights ${job_inputs})
colonnade_job_test(jobs.foreign_tools     foreign_tools_test.py  ${job_inputs})
colonnade_job_test(jobs.npy_stack         npy_stack_test.py      ${job_inputs})
colonnade_job_test(jobs.class_way         class_way_test.py      ${job_inputs})
colonnade_job_test(jobs.inspect           inspect_test.py        ${job_inputs})
colonnade_job_test(jobs.diff              diff_test.py           ${job_inputs})
colonnade_job_test(jobs.evaluate          evaluate_test.py       ${job_inputs})
colonnade_job_test(jobs.report            report_test.py         ${job_inputs})
colonnade_job_test(jobs.scale             scale_test.py          ${job_inputs})
set_tests_properties(jobs.scale jobs.class_way jobs.classes jobs.evaluate jobs.report PROPERTIES TIMEOUT 290)
colonnade_job_test(jobs.tensorboard       tensorboard_test.py    ${job_inputs})
colonnade_job_test(jobs.select            select_test.py)
colonnade_job_test(jobs.runs              runs_test.py           ${job_inputs})
colonnade_job_test(jobs.export            export_test.py         numpy ${job_inputs})
colonnade_job_test(jobs.export_runtime    export_test.py         runtime ${job_inputs})
colonnade_job_test(jobs.outputs           outputs_test.py        ${job_inputs})
colonnade_job_test(jobs.killed_prepare    killed_rank_test.py    prepare ${job_inputs})
colonnade_job_test(jobs.killed_train      killed_rank_test.py    train ${job_inputs})
colonnade_job_test(jobs.stopped_rank      stopped_rank_test.py   ${job_inputs})
foreach(part same best plan folds classes failing killed stopped)
  colonnade_job_test(jobs.search_${part} search_test.py ${part} ${job_inputs})
  set_tests_properties(jobs.search_${part} PROPERTIES FIXTURES_REQUIRED job_inputs TIMEOUT 290)
endforeach()
foreach(name class_way same_synth same_content same_weights foreign_tools npy_stack inspect diff evaluate report tensorboard runs export export_runtime scale outputs killed_prepare killed_train stopped_rank)
  set_tests_properties(jobs.${name} PROPERTIES FIXTURES_REQUIRED job_inputs)
endforeach()

# Made data whose truth is known, what described sources make of them beside numpy and xarray, and the job files.
foreach(kind fire chips landcover climsim)
  colonnade_job_test(synth.${kind} synth_kinds_test.py ${kind})
endforeach()
foreach(source windows pixels chips scenes steps)
  colonnade_job_test(source_values.${source} source_values_test.py ${source})
endforeach()
foreach(job fire fire_mask chips landcover climsim goes)
  colonnade_job_test(job_files.${job} job_files_test.py ${job})
  set_tests_properties(job_files.${job} PROPERTIES TIMEOUT 590)
endforeach()
